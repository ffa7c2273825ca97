import { createInterface } from 'node:readline/promises';
import type { MaestroRest } from '../client/index.js';
import type { ApprovalAnswerBody } from '../protocol/api.js';
import type { ApprovalResource } from '../protocol/approvals.js';
import type { Call } from './command.js';
import { plain } from './output.js';

/** How often requests of agents below are looked for: they are told in conversations this client does not follow. */
const lookMs = 2_000;

interface Parts {
  rest: MaestroRest;
  session_id: string;
  streams: Pick<Call, 'stdin' | 'stderr'>;
}

/** Shows what waits for the person while a turn runs: asks on a terminal, and elsewhere says which command answers. */
export class Approver {
  readonly #told = new Set<string>();
  readonly #ended = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #looking = false;

  constructor(private readonly parts: Parts) {
    this.#timer = setInterval(() => this.look(), lookMs);
  }

  /** Something may have been asked. */
  look(): void {
    if (this.#looking || this.#ended.signal.aborted) return;
    this.#looking = true;
    this.#all()
      // The connection is told of elsewhere; the next look asks again.
      .catch(() => undefined)
      .finally(() => {
        this.#looking = false;
      });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#ended.abort();
  }

  async #all(): Promise<void> {
    const { rest, session_id } = this.parts;
    const { items } = await rest.approvals({ state: 'open', session_id });
    for (const request of items) {
      if (this.#told.has(request.id) || this.#ended.signal.aborted) continue;
      this.#told.add(request.id);
      await this.#show(request);
    }
  }

  async #show(request: ApprovalResource): Promise<void> {
    const { stdin, stderr } = this.parts.streams;
    this.#say(`${request.agent_name} asks: ${describeRequest(request)}`);
    if (request.kind === 'question' && request.form?.text) this.#say(request.form.text);
    const isSimple = request.kind !== 'question' || request.form?.fields.length === 0;
    const isOnTerminal = stdin.isTTY && stderr.isTTY;
    if (request.kind === 'limit' && !isOnTerminal) {
      this.#say('nobody is here to be asked, so it stops');
      await this.#answer(request.id, { decision: 'deny' });
      return;
    }
    if (!isOnTerminal || !isSimple) {
      const answer = isSimple ? '' : ` --answer '${example(request)}'`;
      this.#say(
        `answer with \`maestro approval allow ${request.id}${answer}\` or \`maestro approval deny ${request.id}\``,
      );
      return;
    }
    await this.#ask(request);
  }

  async #ask({ id, kind, always }: ApprovalResource): Promise<void> {
    const { stdin, stderr } = this.parts.streams;
    const lines = createInterface({ input: stdin, output: stderr });
    // The terminal takes the interrupt while it reads; it is meant for the turn.
    lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    const more = kind === 'limit' ? ', or "raise" to go on to the end of this turn' : '';
    const covers = always ? `, or "always" for ${plain(always.pattern ?? always.tool)}` : '';
    try {
      for (;;) {
        const said = await lines.question(`maestro: y or n${covers}${more}? `, { signal: this.#ended.signal });
        const body = answerOf(said, { kind, mayAlways: always !== null });
        if (!body) continue;
        await this.#answer(id, body);
        return;
      }
    } finally {
      lines.close();
    }
  }

  async #answer(id: string, body: ApprovalAnswerBody): Promise<void> {
    await this.parts.rest.answerApproval(id, body).catch((error: Error) => this.#say(error.message));
  }

  #say(line: string): void {
    this.parts.streams.stderr.write(`maestro: ${plain(line)}\n`);
  }
}

/** What is asked, in one line. */
export function describeRequest({ kind, tool, title, args, form }: ApprovalResource): string {
  if (kind === 'limit') return title;
  if (kind === 'question') return form?.from ? `${title} (from ${form.from})` : title;
  return `may it run ${tool} ${JSON.stringify(args)}?`;
}

function answerOf(
  said: string,
  { kind, mayAlways }: { kind: ApprovalResource['kind']; mayAlways: boolean },
): ApprovalAnswerBody | null {
  const word = said.trim().toLowerCase();
  if (word === 'y' || word === 'yes') return { decision: 'allow' };
  if (word === 'raise' && kind === 'limit') return { decision: 'allow', answer: { how: 'raise' } };
  if (word === 'always' && mayAlways) return { decision: 'always' };
  if (word === 'n' || word === 'no') return { decision: 'deny' };
  return null;
}

function example({ form }: ApprovalResource): string {
  return JSON.stringify(Object.fromEntries((form?.fields ?? []).map(({ name }) => [name, '...'])));
}
