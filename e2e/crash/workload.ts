import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Session } from '@maestro/core/protocol';
import type { ConversationRequest, Reply, Step } from '@maestro/provider-sim';
import type { MaestroProcess } from '../support/maestro-process.js';
import { Random } from '../support/random.js';

/** Calls of this tool that name something so are asked for. */
export const gated = { tool: 'witness_effect', pattern: '*gated-*' };
/** The template of the agents; its tool is `agent_helper`. */
export const helper = { name: 'Helper', description: 'Helps.', system_prompt: 'You help.' };
/** What an agent is asked begins so: it calls no further agents. */
const asAgent = 'help with';

/**
 * What the model says, out of the request alone: some text that streams for a while, then up to three tools, at most
 * two rounds of them, then a closing text. The same history gives the same reply, in every process.
 */
export function crashScript(request: ConversationRequest): Reply {
  const digest = createHash('sha256').update(request.body).digest();
  const dice = (index: number, sides: number) => (digest[index] ?? 0) % sides;
  const words = (count: number) =>
    Array.from({ length: count }, (_, index) => `w${(digest[index % 32] ?? 0) + index}`).join(' ');
  const speech: Step = { type: 'text', text: words(20 + dice(0, 60)), chunk: 6 };
  // A draft is stored once a reply has run for half a second: some replies are slow, so that kills meet drafts.
  const rate = dice(13, 5) < 3 ? 25 : 400;
  const mayCall = request.toolResults.length === 0 || dice(1, 3) === 0;
  if (!mayCall) return { steps: [speech], rate };
  const tools = Array.from({ length: 1 + dice(2, 3) }, (_, index): Step => {
    const name = `${digest.toString('hex', 0, 6)}-${index}`;
    const waits = { beforeMs: 20 + 2 * dice(6 + index, 100), afterMs: 20 + 2 * dice(9 + index, 100) };
    const act = (tool: string, word: string): Step => {
      return { type: 'tool', name: tool, input: { name: `${word}-${name}`, ...waits } };
    };
    const kind = dice(16 + index, 12);
    if (kind < 2) return act('witness_look', 'look');
    if (kind < 5) return act('witness_effect', 'effect');
    if (kind < 7) return act('witness_effect', 'gated');
    if (kind < 9) return { type: 'tool', name: 'ask_user', input: { questions: [question(name)] } };
    if (request.lastUserText.startsWith(asAgent)) return act('witness_look', 'look');
    return { type: 'tool', name: 'agent_helper', input: { prompt: `${asAgent} ${name}` } };
  });
  const thinking: Step[] = dice(12, 2) ? [{ type: 'thinking', text: words(8) }] : [];
  return { steps: [...thinking, speech, ...tools], rate };
}

const question = (name: string) => ({ question: `What about ${name}?`, header: 'Choice', type: 'text' });

/** A message that the server said it has. */
export interface Acknowledged {
  sessionId: string;
  clientKey: string;
  messageId: string;
}

/** People who go on writing whatever the server does: they send again until it is acknowledged, some of them twice. */
export class Clients {
  readonly acknowledged: Acknowledged[] = [];
  posts = 0;
  #isOver = false;
  #running: Promise<unknown>[] = [];

  constructor(
    private readonly server: () => MaestroProcess,
    private readonly seed: number,
  ) {}

  start(sessionIds: readonly string[]): void {
    this.#running = sessionIds.map((sessionId, index) => this.#write(sessionId, index));
  }

  async finish(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#running);
  }

  async #write(sessionId: string, index: number): Promise<void> {
    const random = new Random(this.seed + index + 1);
    for (let count = 0; !this.#isOver; count += 1) {
      const clientKey = randomUUID();
      const text = `task ${index}.${count}`;
      const first = await this.#untilAcknowledged(sessionId, clientKey, text);
      if (!first) return;
      this.acknowledged.push({ sessionId, clientKey, messageId: first });
      if (random.next() < 0.3) {
        const again = await this.#post(sessionId, clientKey, text);
        if (again && again !== first) throw new Error(`the same key gave two messages: ${first} and ${again}`);
      }
      await this.#untilQuiet(sessionId);
      await delay(random.between(0, 200));
    }
  }

  async #untilAcknowledged(sessionId: string, clientKey: string, text: string): Promise<string | undefined> {
    while (!this.#isOver) {
      const messageId = await this.#post(sessionId, clientKey, text);
      if (messageId) return messageId;
      await delay(30);
    }
    return undefined;
  }

  async #post(sessionId: string, client_key: string, text: string): Promise<string | undefined> {
    this.posts += 1;
    try {
      const answer = await this.server().call<{ message_id: string }>('POST', `/sessions/${sessionId}/messages`, {
        client_key,
        text,
      });
      return answer.status === 202 ? answer.body.message_id : undefined;
    } catch {
      return undefined; // the server is down; that is the point
    }
  }

  /** Until fewer than two messages wait, so that the queue is used and stays short. */
  async #untilQuiet(sessionId: string): Promise<void> {
    while (!this.#isOver) {
      try {
        const { items } = await this.server().must<{ items: unknown[] }>('GET', `/sessions/${sessionId}/queue`);
        if (items.length < 2) return;
        await unblock(this.server(), sessionId);
      } catch {
        // The server is down; ask again.
      }
      await delay(50);
    }
  }
}

/** What a person does about a session that waits for them: go on. */
export async function unblock(server: MaestroProcess, sessionId: string): Promise<void> {
  const { status } = await server.must<Session>('GET', `/sessions/${sessionId}`);
  if (status === 'interrupted' || status === 'error') await server.call('POST', `/sessions/${sessionId}/retry`, {});
}
