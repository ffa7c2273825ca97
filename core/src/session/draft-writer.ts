import { type Logger, silentLog } from '../log.js';
import type { Delta } from '../protocol/events.js';
import { type Part, SHAPE_VERSION, text } from '../protocol/messages.js';
import type { NewDraft } from '../store/drafts.js';
import { GrowingText } from './growing-text.js';
import type { SessionLimits } from './limits.js';

interface DraftPart {
  kind: Delta['kind'];
  text: GrowingText;
  id: string;
  name: string;
}

/** From these bytes on a text is saved less often, in proportion. */
const LONG = 256 * 1024;
/** Times `draftMs` that it waits at most: who joins in another process gets what came before from the saved text. */
const MOST_TIMES = 8;

/**
 * Keeps the text that streams in, in memory for those who join and every so often in the database for a crash.
 * One save at a time; after `close` of a message none follows, so that no draft outlives its turn.
 */
export class DraftWriter {
  #messageId: string | undefined;
  #parts: DraftPart[] = [];
  #unsaved = 0;
  /** Of the whole reply, saved or not. */
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isSaving = false;

  constructor(
    private readonly turnId: string,
    private readonly limits: SessionLimits,
    private readonly save: (draft: NewDraft) => Promise<void>,
    private readonly log: Logger = silentLog,
  ) {}

  push(delta: Delta): void {
    if (delta.kind === 'tool_output') return;
    if (this.#messageId !== delta.message_id) this.#begin(delta.message_id);
    const part = this.#parts[delta.part];
    if (part) part.text.append(delta.text);
    else {
      const { kind, text: chunk, call_id: id = '', name = '' } = delta;
      this.#parts[delta.part] = { kind, text: new GrowingText(chunk), id, name };
    }
    const bytes = Buffer.byteLength(delta.text);
    this.#unsaved += bytes;
    this.#bytes += bytes;
    if (this.#unsaved >= this.#due) this.#start();
    else if (this.#unsaved > 0) this.#arm();
  }

  /** What streams in now. */
  get current(): NewDraft | null {
    if (!this.#messageId) return null;
    return { message_id: this.#messageId, turn_id: this.turnId, parts: this.#parts.map(asPart) };
  }

  /** Forgets the message; resolves when no save is under way any more. */
  async close(): Promise<void> {
    this.#messageId = undefined;
    this.#disarm();
    this.#parts = [];
    await this.#saving;
  }

  /** Saves what there is, as the process leaves. */
  async flush(): Promise<void> {
    await this.#saving;
    if (this.#unsaved > 0) this.#start();
    await this.#saving;
  }

  #begin(messageId: string): void {
    this.#disarm();
    this.#messageId = messageId;
    this.#parts = [];
    this.#bytes = 0;
  }

  /**
   * Each save writes the whole text. A long one is due when half of it is new: all saves of a reply together then stay
   * within a few times its size, where they would grow with its square.
   */
  get #due(): number {
    return Math.max(this.limits.draftBytes, this.#bytes / 2);
  }

  #arm(): void {
    const times = Math.min(Math.max(this.#bytes / LONG, 1), MOST_TIMES);
    this.#timer ??= setTimeout(() => this.#start(), this.limits.draftMs * times).unref();
  }

  #disarm(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unsaved = 0;
  }

  #start(): void {
    if (this.#isSaving) {
      this.#arm();
      return;
    }
    this.#disarm();
    this.#isSaving = true;
    this.#saving = this.#save().finally(() => {
      this.#isSaving = false;
    });
  }

  /** A draft that could not be saved is one crash's worth of text less; the next step will tell what is wrong. */
  async #save(): Promise<void> {
    const draft = this.current;
    if (!draft) return;
    try {
      await this.save(draft);
    } catch (cause) {
      this.log.debug('a draft was not saved', { cause });
    }
  }
}

function asPart(part: DraftPart): Part {
  const written = part.text.toString();
  if (part.kind === 'text') return text(written);
  if (part.kind === 'thinking') return { v: SHAPE_VERSION, type: 'thinking', text: written };
  // Unfinished JSON, told as it is; for whoever joins, its length is what the next delta's offset says.
  return { v: SHAPE_VERSION, type: 'tool_call', id: part.id, name: part.name, args: { $invalid: written } };
}
