import { MaestroRest, type SocketLike } from '../../src/client/index.js';
import type {
  ClientFrame,
  Delta,
  EventBody,
  Message,
  Part,
  QueuedMessage,
  ServerFrame,
  Session,
  SessionEvent,
} from '../../src/protocol/index.js';

const AT = '2026-01-01T00:00:00.000Z';

export const session: Session = {
  session_id: 's1',
  conversation_id: 'c1',
  agent_name: 'Ada',
  role: null,
  title: null,
  provider: 'p',
  model: 'm',
  auth_type: null,
  credential_id: null,
  working_directory: '/tmp',
  system_prompt: '',
  status: 'idle',
  parent_session_id: null,
  parent_call_id: null,
  forked_from: null,
  template: null,
  tools: {},
  mcps: {},
  effort: null,
  on_limit: null,
  approval: null,
  depth: 0,
  totals: {
    request_tokens: 0,
    response_tokens: 0,
    cached_tokens: 0,
    reasoning_tokens: 0,
    total_cost_usd: null,
    unpriced_calls: 0,
    estimated: false,
  },
  context: { used_tokens: null, window_tokens: null },
  preview: null,
  last_activity_at: AT,
  created_at: AT,
  updated_at: AT,
};

export function message(pos: number, set: Partial<Message>): Message {
  const { id = `m${pos}`, role = 'user', parts = [], status = 'complete', turn_id = null, client_key = null } = set;
  const nothing = {
    provider: null,
    model: null,
    call_id: null,
    latency_ms: null,
    raw_request: null,
    raw_response: null,
  };
  const tokens = {
    request_tokens: null,
    response_tokens: null,
    cached_tokens: null,
    cache_write_tokens: null,
    reasoning_tokens: null,
    total_cost_usd: null,
    estimated: false,
  };
  return {
    id,
    conversation_id: 'c1',
    pos,
    role,
    status,
    parts,
    turn_id,
    client_key,
    created_at: AT,
    ...nothing,
    ...tokens,
  };
}

export type Act = 'send' | 'text' | 'part' | 'tool' | 'retry' | 'line' | 'config' | 'end' | 'cancel' | 'notice';

/** One conversation as a server keeps it: what is true, the log that tells of it, and the draft being told. */
export class ModelConversation {
  readonly log: SessionEvent[] = [];
  readonly messages: Message[] = [];
  readonly deltas: Delta[] = [];
  queue: QueuedMessage[] = [];
  session = session;
  draft: { id: string; parts: { kind: 'text' | 'thinking'; text: string }[] } | null = null;
  /** Called with each frame for those who follow, in the order in which it is told. */
  tell: (frame: ServerFrame) => void = () => undefined;
  #turn = 0;
  #made = 0;

  act(act: Act): void {
    if (act === 'notice') this.#commit(notice);
    else if (act === 'config') this.#configure();
    else if (!this.draft) this.#begin(this.queue.shift());
    else this.#proceed(act, this.draft.id, `t${this.#turn}`);
  }

  /** What a joining client is told of a running reply. */
  draftDeltas(): Delta[] {
    const { id, parts } = this.draft ?? { id: '', parts: [] };
    return parts.map(({ kind, text }, part) => ({ message_id: id, part, kind, offset: 0, text }));
  }

  #proceed(act: Act, id: string, turn_id: string): void {
    if (act === 'send') this.#enqueue();
    else if (act === 'text' || act === 'part') this.#stream(act === 'part');
    else if (act === 'retry') this.#commit(this.#retrying(id), this.#calling());
    else if (act === 'line') this.#commit(this.#retrying(id), this.#queued(3), this.#queued(1), this.#calling());
    else if (act === 'tool') this.#useTool(id, turn_id);
    else this.#finish(act, id, turn_id);
  }

  #finish(act: Act, id: string, turn_id: string): void {
    const reply = this.#reply(id, act === 'end' ? 'complete' : 'interrupted');
    this.draft = null;
    const finished = { type: 'call.finished', data: { turn_id, call_id: null, message_id: id } } as const;
    if (act === 'end')
      this.#commit(reply, finished, { type: 'turn.completed', data: { turn_id, stop_reason: 'stop' } });
    else this.#commit(reply, { type: 'turn.cancelled', data: { turn_id } });
    this.#setStatus('idle');
  }

  #begin(waiting: QueuedMessage | undefined): void {
    this.#turn += 1;
    const turn_id = `t${this.#turn}`;
    const user = this.#add({ role: 'user', parts: [{ v: 1, type: 'text', text: waiting?.text ?? 'hello' }], turn_id });
    const started = { type: 'turn.started', data: { turn_id, attempt: 1 } } as const;
    this.#commit(user, { type: 'turn.queued', data: { turn_id, message_id: `m${this.messages.length}` } }, started);
    if (waiting) this.#commit({ type: 'queue.changed', data: { queue: [...this.queue] } });
    this.#setStatus('thinking');
    this.#commit(this.#calling());
  }

  #enqueue(): void {
    this.#made += 1;
    const waiting = { id: `q${this.#made}`, client_key: `k${this.#made}`, ord: this.#made, mode: 'queue' as const };
    this.queue.push({ ...waiting, text: `waiting ${this.#made}`, attachments: [], created_at: AT });
    this.#commit({ type: 'queue.changed', data: { queue: [...this.queue] } });
  }

  #stream(isNewPart: boolean): void {
    const { id, parts } = this.draft!;
    if (isNewPart || parts.length === 0) parts.push({ kind: parts.length % 2 ? 'text' : 'thinking', text: '' });
    const part = parts.at(-1)!;
    this.#made += 1;
    const delta = {
      message_id: id,
      part: parts.length - 1,
      kind: part.kind,
      offset: part.text.length,
      text: `${this.#made} `,
    };
    part.text += delta.text;
    this.deltas.push(delta);
    this.tell({ op: 'delta', topic: 'session:s1', ...delta });
  }

  #useTool(id: string, turn_id: string): void {
    const [call_id, name] = [`call-${id}`, 'look'];
    const reply = this.#reply(id, 'complete', { v: 1, type: 'tool_call', id: call_id, name, args: {} });
    this.#commit(reply, { type: 'tool.started', data: { turn_id, message_id: id, call_id, name } });
    const ended = { is_error: false, outcome: 'succeeded' as const, content: [], duration_ms: 1 };
    const result = { v: 1 as const, type: 'tool_result' as const, call_id, name, ...ended };
    this.#commit({ type: 'tool.finished', data: { turn_id, message_id: id, result } });
    this.#commit(this.#add({ role: 'tool', parts: [result], turn_id }), this.#calling());
  }

  #queued(place: number): EventBody {
    const data = { turn_id: `t${this.#turn}`, message_id: `d${this.#made + 1}`, origin: 'https://busy.example', place };
    return { type: 'call.queued', data };
  }

  #configure(): void {
    this.#made += 1;
    const asked = { provider: 'other', model: `model-${this.#made}`, auth_type: null, credential_id: null };
    this.session = { ...this.session, ...asked };
    this.#commit({ type: 'config.changed', data: asked }, { type: 'session.updated', data: { session: this.session } });
  }

  #retrying(message_id: string): EventBody {
    const error = { code: 'provider.overloaded', message: 'busy' };
    const turn_id = `t${this.#turn}`;
    return {
      type: 'call.retrying',
      data: { turn_id, message_id, attempt: 2, delay_ms: 10, error, decision: 'retry' },
    };
  }

  #calling(): EventBody {
    this.#made += 1;
    this.draft = { id: `d${this.#made}`, parts: [] };
    return {
      type: 'call.started',
      data: { turn_id: `t${this.#turn}`, call_id: null, message_id: this.draft.id, attempt: 1 },
    };
  }

  #reply(id: string, status: Message['status'], ...more: Part[]): EventBody {
    const parts: Part[] = this.draft!.parts.map(({ kind, text }) => ({ v: 1, type: kind, text }));
    return this.#add({ id, role: 'assistant', status, parts: [...parts, ...more], turn_id: `t${this.#turn}` });
  }

  #add(set: Partial<Message>): EventBody {
    const added = message(this.messages.length + 1, set);
    this.messages.push(added);
    return { type: 'message.added', data: { message: added } };
  }

  #setStatus(status: Session['status']): void {
    this.session = { ...this.session, status };
    this.#commit({ type: 'session.updated', data: { session: this.session } });
  }

  #commit(...bodies: EventBody[]): void {
    const events = bodies.map((body, index) => ({ ...body, v: 1 as const, seq: this.log.length + 1 + index, at: AT }));
    this.log.push(...events);
    this.tell({ op: 'events', topic: 'session:s1', conversation_id: 'c1', events });
  }
}

const notice: EventBody = { type: 'notice', data: { level: 'info', code: 'x', text: 'y' } };

export type Fault = 'cut' | 'lose' | 'double' | 'split';

/** Serves one model conversation to one client at a time, over a line that can be cut and can lose or double frames. */
export class ModelServer {
  readonly rest = new MaestroRest({
    url: 'http://model',
    token: () => 't',
    fetch: (input) => this.#fetch(String(input)),
  });
  #line: Line | null = null;
  #faults: Fault[] = [];

  constructor(readonly conversation: ModelConversation) {
    conversation.tell = (frame) => this.#tell(frame);
  }

  readonly connect = (): SocketLike => {
    this.#line = new Line((frame, line) => this.#answer(frame, line));
    return this.#line;
  };

  /** Cuts now; the others befall the next frame. */
  fault(fault: Fault): void {
    if (fault === 'cut') this.#line?.cut();
    else this.#faults.push(fault);
  }

  #tell(frame: ServerFrame): void {
    const line = this.#line;
    if (!line?.hasJoined) return;
    const fault = this.#faults.shift();
    if (fault === 'lose') line.isBehind ||= frame.op === 'delta';
    if (fault === 'lose') return;
    // A client that could not take text gets all of it again, as soon as it can.
    if (line.isBehind && frame.op === 'delta') {
      line.catchUp(this.conversation.draftDeltas());
      return;
    }
    if (fault === 'split' && frame.op === 'events') {
      for (const event of frame.events) line.deliver({ ...frame, events: [event] });
      return;
    }
    line.deliver(frame);
    if (fault === 'double') line.deliver(frame);
  }

  #answer(frame: ClientFrame, line: Line): void {
    if (frame.op !== 'join') return;
    const { log } = this.conversation;
    const [topic, conversation_id] = ['session:s1', 'c1'];
    line.hasJoined = true;
    line.deliver({ op: 'joined', topic, conversation_id, seq: log.length });
    const events = frame.after === undefined ? [] : log.slice(frame.after);
    if (events.length > 0) line.deliver({ op: 'events', topic, conversation_id, events });
    line.catchUp(this.conversation.draftDeltas());
  }

  async #fetch(url: string): Promise<Response> {
    const { pathname, searchParams } = new URL(url);
    await new Promise((resolve) => setImmediate(resolve));
    if (pathname.endsWith('/queue')) return Response.json({ items: this.conversation.queue, next: null });
    if (!pathname.endsWith('/messages')) return Response.json(this.conversation.session);
    const number = (name: string) => (searchParams.has(name) ? Number(searchParams.get(name)) : null);
    const [before, after, limit] = [number('before'), number('after'), Number(searchParams.get('limit'))];
    const place = searchParams.get('around');
    const all = this.conversation.messages;
    const at = place === null ? -1 : all.findIndex(({ id, pos }) => id === place || String(pos) === place);
    const from = at < 0 ? null : Math.max(0, at - Math.floor(limit / 2));
    const newest = all.filter(({ pos }) => pos < (before ?? Number.POSITIVE_INFINITY)).slice(-limit);
    const items =
      from !== null ? all.slice(from, from + limit) : after !== null ? all.slice(after, after + limit) : newest;
    return Response.json({ items, next: null, last_pos: all.length });
  }
}

/** A connection in memory; frames arrive later and in order, as over a wire. */
class Line implements SocketLike {
  readyState = 0;
  onopen: SocketLike['onopen'] = null;
  onmessage: SocketLike['onmessage'] = null;
  onclose: SocketLike['onclose'] = null;
  onerror: SocketLike['onerror'] = null;
  hasJoined = false;
  isBehind = false;

  constructor(readonly answer: (frame: ClientFrame, line: Line) => void) {
    setImmediate(() => {
      if (this.readyState !== 0) return;
      this.readyState = 1;
      this.onopen?.({} as never);
    });
  }

  deliver(frame: ServerFrame): void {
    const data = JSON.stringify(frame);
    setImmediate(() => this.readyState === 1 && this.onmessage?.({ data } as never));
  }

  catchUp(deltas: readonly Delta[]): void {
    this.isBehind = false;
    for (const delta of deltas) this.deliver({ op: 'delta', topic: 'session:s1', ...delta });
  }

  send(text: string): void {
    const frame = JSON.parse(text) as ClientFrame;
    setImmediate(() => this.readyState === 1 && this.answer(frame, this));
  }

  cut(): void {
    this.close();
    setImmediate(() => this.onclose?.({ code: 1006 } as never));
  }

  close(): void {
    this.readyState = 3;
    this.hasJoined = false;
  }
}
