import type { Delta } from '../protocol/events.js';
import type { Part } from '../protocol/messages.js';

type Piece = Pick<Delta, 'kind' | 'text' | 'call_id' | 'name'>;

const PAST_KEPT = 8;
/** Live output of a tool kept for those who come later; more is told but not kept. */
const OUTPUT_KEPT = 65_536;

/** `early`: text is missing in between. `known`: it is here already, or belongs to what is over. */
export type Added = Delta | 'early' | 'known';

/** The reply that streams in a conversation, without holes: what was told to all who watch. */
export class RunningText {
  #messageId: string | null = null;
  #parts: Piece[] = [];
  /** Live output by tool call. It is not stored, so a hole in it stays. */
  readonly #outputs = new Map<string, Delta>();
  #past: string[] = [];

  /** Adds a delta; gives the part of it that is new. */
  add(delta: Delta): Added {
    if (delta.kind === 'tool_output') return this.#addOutput(delta);
    if (this.#past.includes(delta.message_id)) return 'known';
    const isNew = delta.message_id !== this.#messageId;
    const parts = isNew ? [] : this.#parts;
    const piece = parts[delta.part];
    if (!piece && (delta.part !== parts.length || delta.offset !== 0)) return 'early';
    if (piece && delta.offset > piece.text.length) return 'early';
    if (isNew) this.#begin(delta.message_id);
    return piece ? grow(piece, delta) : this.#open(delta);
  }

  /** Takes over what was stored of the reply; gives what of it is new. */
  adopt(draft: { message_id: string; parts: readonly Part[] }): Delta[] {
    const known = draft.message_id === this.#messageId ? this.#parts : [];
    return draft.parts.flatMap((part, index) => {
      const piece = pieceOf(part);
      // Stored arguments are parsed, so their text may differ from the one that was streamed.
      if (!piece?.text.startsWith(known[index]?.text ?? '')) return [];
      const added = this.add({ message_id: draft.message_id, part: index, offset: 0, ...piece });
      return typeof added === 'string' ? [] : [added];
    });
  }

  /** Everything so far, one delta a part, for someone who has nothing. */
  snapshot(): Delta[] {
    const message_id = this.#messageId;
    const parts =
      message_id === null ? [] : this.#parts.map((piece, part) => ({ message_id, part, offset: 0, ...piece }));
    return [...parts, ...this.#outputs.values()];
  }

  /** The message is complete, or this attempt at it is given up. */
  drop(messageId: string): void {
    this.#past = [...this.#past, messageId].slice(-PAST_KEPT);
    if (this.#messageId !== messageId) return;
    this.#messageId = null;
    this.#parts = [];
  }

  dropOutput(callId: string): void {
    this.#outputs.delete(callId);
  }

  /** The turn is over. */
  clear(): void {
    if (this.#messageId !== null) this.drop(this.#messageId);
    this.#outputs.clear();
  }

  #begin(messageId: string): void {
    this.#messageId = messageId;
    this.#parts = [];
  }

  #open(delta: Delta): Delta {
    const { kind, text, call_id, name } = delta;
    this.#parts.push({ kind, text, ...(call_id !== undefined && { call_id }), ...(name !== undefined && { name }) });
    return delta;
  }

  #addOutput(delta: Delta): Added {
    const key = delta.call_id ?? `${delta.message_id}/${delta.part}`;
    const known = this.#outputs.get(key);
    if (!known && delta.offset === 0) this.#outputs.set(key, delta);
    else if (known && delta.offset === known.text.length && known.text.length < OUTPUT_KEPT) {
      this.#outputs.set(key, { ...known, text: known.text + delta.text });
    }
    return delta;
  }
}

function grow(piece: Piece, delta: Delta): Delta | 'known' {
  const known = piece.text.length - delta.offset;
  if (known >= delta.text.length) return 'known';
  const fresh = { ...delta, offset: piece.text.length, text: delta.text.slice(known) };
  piece.text += fresh.text;
  return fresh;
}

function pieceOf(part: Part): Piece | undefined {
  if (part.type === 'text' || part.type === 'thinking') return { kind: part.type, text: part.text };
  if (part.type !== 'tool_call') return undefined;
  return { kind: 'tool_args', text: argumentText(part.args), call_id: part.id, name: part.name };
}

/** No text yet is stored as no arguments; text that is no JSON yet as it is. */
function argumentText(args: unknown): string {
  const entries = Object.entries(args ?? {});
  if (entries.length === 0) return '';
  const [[name, value]] = entries as [[string, unknown]];
  return name === '$invalid' && typeof value === 'string' ? value : JSON.stringify(args);
}
