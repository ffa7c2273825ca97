import { type Accepted, type NewAttachment, SessionStore } from '../client/index.js';
import type { SessionEvent, SessionView } from '../protocol/index.js';
import { Approver } from './approve.js';
import type { Call } from './command.js';
import type { Server } from './connection.js';
import { EXIT } from './exit.js';

/** Shows one turn to whoever asked for it. */
export interface Reporter {
  /** After every change; `turn_id` is the turn to show. */
  view(view: SessionView, turn_id: string): void;
  /** Each event that concerns the turn, in order. */
  event(event: SessionEvent): void;
  end(): void;
}

interface Conversation {
  server: Server;
  session_id: string;
  text: string;
  attachments: readonly NewAttachment[];
  /** What the turn may cost at most, in USD. */
  max_usd?: string | undefined;
  reporter: Reporter;
  /** A line for the person, beside the answer. */
  note: (line: string) => void;
  /** Where the person reads and answers what waits for them. */
  streams: Pick<Call, 'stdin' | 'stderr'>;
}

/** Sends one message, reports its turn to the end and gives the exit code. An interrupt stops the turn. */
export async function converse(conversation: Conversation): Promise<number> {
  const { server, session_id, text, attachments, max_usd, reporter, note, streams } = conversation;
  const socket = server.socket();
  const store = new SessionStore({ rest: server.rest, socket, session_id }).open();
  const end = Promise.withResolvers<number>();
  const interrupts = onInterrupt(() => {
    note('stopping; once more leaves at once');
    store.stop().catch((error: Error) => {
      note(`it could not be stopped: ${error.message}`);
      end.resolve(EXIT.interrupted);
    });
  });
  socket.onState((state) => {
    if (state === 'reconnecting') note('the connection is lost; waiting for the server');
    if (state === 'offline') end.reject(new Error('the server does not let us in any more; see `maestro token list`'));
  });
  const approver = new Approver({ rest: server.rest, session_id, streams });
  socket.open();
  try {
    await store.ready();
    const watch = new TurnWatch(reporter, end.resolve);
    store.onEvent((event) => {
      watch.heard(event);
      if (event.type === 'approval.requested' || event.type === 'question.asked') approver.look();
    });
    store.subscribe(() => watch.show(store.view));
    watch.begin(await store.send(text, { attachments, ...(max_usd !== undefined && { max_usd }) }), store.view);
    return await end.promise;
  } finally {
    interrupts();
    approver.close();
    // Closing the socket ends the wait for it, which nobody needs any more.
    end.promise.catch(() => undefined);
    store.close();
    socket.close();
    reporter.end();
  }
}

/** Picks the turn of one message out of everything that happens in its session. */
class TurnWatch {
  #message_id: string | null = null;
  #turn_id: string | null = null;
  /** What came before the server's answer to our message. */
  #early: SessionEvent[] = [];

  constructor(
    private readonly reporter: Reporter,
    private readonly ended: (code: number) => void,
  ) {}

  begin({ message_id, turn_id }: Accepted, view: SessionView): void {
    this.#message_id = message_id;
    this.#turn_id = turn_id;
    this.show(view);
    for (const event of this.#early.splice(0)) this.heard(event);
  }

  show(view: SessionView): void {
    if (this.#turn_id !== null) this.reporter.view(view, this.#turn_id);
  }

  heard(event: SessionEvent): void {
    if (this.#message_id === null) {
      this.#early.push(event);
      return;
    }
    this.#turn_id ??= turnOfMessage(event, this.#message_id);
    const turn_id = turnOf(event);
    if (this.#turn_id === null || (turn_id !== null && turn_id !== this.#turn_id)) return;
    this.reporter.event(event);
    const code = turn_id === null ? undefined : codeOf(event);
    if (code !== undefined) this.ended(code);
  }
}

const exitCodes: Partial<Record<SessionEvent['type'], number>> = {
  'turn.completed': EXIT.done,
  'turn.failed': EXIT.failed,
  'turn.cancelled': EXIT.interrupted,
  'turn.interrupted': EXIT.interrupted,
};

function codeOf(event: SessionEvent): number | undefined {
  if (event.type === 'turn.failed' && event.data.error.code === 'budget.stopped') return EXIT.budget;
  return exitCodes[event.type];
}

function turnOf({ type, data }: SessionEvent): string | null {
  if (type === 'message.added') return data.message.turn_id;
  return 'turn_id' in data ? data.turn_id : null;
}

/** A message that waited in the queue keeps its id when its turn begins. */
function turnOfMessage({ type, data }: SessionEvent, message_id: string): string | null {
  if (type === 'turn.queued' && data.message_id === message_id) return data.turn_id;
  if (type === 'message.added' && data.message.id === message_id) return data.message.turn_id;
  return null;
}

/** The first interrupt is told; the second ends the process. Gives the undo. */
function onInterrupt(tell: () => void): () => void {
  let count = 0;
  const heard = () => {
    count += 1;
    if (count > 1) process.exit(EXIT.interrupted);
    tell();
  };
  process.on('SIGINT', heard).on('SIGTERM', heard);
  return () => void process.off('SIGINT', heard).off('SIGTERM', heard);
}
