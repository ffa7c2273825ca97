import { randomUUID } from 'node:crypto';
import type { CallRetrying } from '../../src/protocol/events.js';
import { type Part, text } from '../../src/protocol/messages.js';
import type { Session } from '../../src/protocol/resources.js';
import { addsMessage } from '../../src/session/new-message.js';
import type { Database } from '../../src/store/database.js';
import { EventLog } from '../../src/store/event-log.js';
import { Sessions } from '../../src/store/sessions.js';
import type { Step, ToolState } from '../../src/store/step.js';

/** Writes into the tables what a process that died had committed. */
export class Crash {
  readonly turnId = randomUUID();
  readonly messageId = randomUUID();
  readonly replyId = randomUUID();
  readonly events: EventLog;
  session!: Session;

  constructor(private readonly db: Database) {
    this.events = new EventLog(db);
  }

  static async at(db: Database, state: 'queued' | 'calling' | 'tools' = 'queued', owner?: string): Promise<Crash> {
    const crash = new Crash(db);
    crash.session = await new Sessions(db, crash.events).create({
      agent_name: 'Tester',
      provider: 'scripted',
      model: 'scripted-1',
      working_directory: '/nowhere',
      system_prompt: '',
    });
    if (owner) {
      await db.query('update conversations set owner = $2 where id = $1', [crash.session.conversation_id, owner]);
    }
    const { provider, model, credential_id, system_prompt, working_directory, tools } = crash.session;
    const base = { provider, model, credential_id, system_prompt, working_directory, tools };
    const config = { ...base, effort: null, on_limit: null };
    await crash.step({
      writes: [
        crash.#adds(crash.messageId, 'user', [text('Hi')]),
        { write: 'turn.add', turn: { id: crash.turnId, message_id: crash.messageId, config } },
      ],
      events: [
        { type: 'message.added', data: { message_id: crash.messageId } },
        { type: 'turn.queued', data: { turn_id: crash.turnId, message_id: crash.messageId } },
      ],
    });
    if (state !== 'queued') await crash.sets('calling', true);
    if (state === 'tools') await crash.#replies();
    return crash;
  }

  async step(step: Step): Promise<void> {
    await this.events.commit({ conversationId: this.session.conversation_id, epoch: null }, step);
  }

  sets(state: 'calling' | 'tools', begin = false): Promise<void> {
    const from = ['queued', 'calling', 'tools'] as const;
    return this.step({ writes: [{ write: 'turn.set', turn_id: this.turnId, from, state, begin }], events: [] });
  }

  async sent(): Promise<string> {
    const id = randomUUID();
    const call = { id, turn_id: this.turnId, attempt: 1, provider: 'scripted', model: 'm', method: 'POST', url: 'x' };
    await this.step({
      writes: [
        {
          write: 'call.add',
          call: { ...call, credential_id: null, activity: 'conversation', req_headers: [], body: Buffer.from('{}') },
        },
      ],
      events: [],
    });
    return id;
  }

  async retrying(given: Pick<CallRetrying, 'attempt' | 'delay_ms' | 'decision'>): Promise<void> {
    const error = { code: 'provider.rate_limit', message: 'later' };
    const data = { turn_id: this.turnId, message_id: this.replyId, error, ...given };
    await this.step({ writes: [], events: [{ type: 'call.retrying', data }] });
  }

  async draft(...parts: string[]): Promise<void> {
    const draft = { message_id: this.replyId, turn_id: this.turnId, parts: parts.map(text) };
    await this.events.saveDraft({ conversationId: this.session.conversation_id, epoch: 0 }, draft);
  }

  async tool(ord: number, state: ToolState, attempts: number): Promise<void> {
    await this.db.query(
      'update tool_calls set state = $3, attempts = $4, epoch = 0 where message_id = $1 and ord = $2',
      [this.replyId, ord, state, attempts],
    );
  }

  #adds(id: string, role: 'user' | 'assistant', parts: readonly Part[]) {
    return addsMessage({ id, role, parts, turn_id: this.turnId }).write;
  }

  /** A reply that called `safe` and `never`. */
  async #replies(): Promise<void> {
    const names = ['safe', 'never'] as const;
    const parts = names.map((name): Part => ({ v: 1, type: 'tool_call', id: name, name, args: {} }));
    await this.step({
      writes: [
        this.#adds(this.replyId, 'assistant', parts),
        {
          write: 'tool.add',
          calls: names.map((name, ord) => ({
            id: randomUUID(),
            message_id: this.replyId,
            turn_id: this.turnId,
            ord,
            provider_tool_id: name,
            name,
            args: '{}',
            retry: name,
          })),
        },
        { write: 'turn.set', turn_id: this.turnId, from: ['calling'], state: 'tools', resetAttempts: true },
      ],
      events: [{ type: 'message.added', data: { message_id: this.replyId } }],
    });
  }
}
