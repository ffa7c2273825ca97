import type { CallTiming } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { duration, plural } from '../text/format.js';
import { readEvent, type StreamEvent, streamEvents } from '../text/stream-events.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import type { DrawnRow } from './mx-rows.js';
import './mx-rows.js';

/** A piece of a reply as this page was told it while the call ran. */
export interface LivePiece {
  /** When it came, in milliseconds since 1970. */
  at: number;
  kind: string;
  text: string;
}

/** The events of a streamed answer, each with the time by which it was there. */
@customElement('mx-stream')
export class MxStream extends MaestroElement {
  @property({ attribute: false }) bytes: Uint8Array | null = null;
  @property({ attribute: false }) kind: 'sse' | 'lines' = 'sse';
  @property({ attribute: false }) timing: CallTiming | null = null;
  /** While the answer is on its way its bytes are not stored yet: what was told of it stands here. Null: it is there. */
  @property({ attribute: false }) live: readonly LivePiece[] | null = null;
  /** When the call began, as pieces have their time. */
  @property({ attribute: false }) since = 0;
  #events: readonly StreamEvent[] = [];

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('bytes') || changed.has('kind') || changed.has('timing')) {
      this.#events = this.bytes ? streamEvents(this.bytes, this.kind, this.timing?.arrivals) : [];
    }
  }

  override render() {
    const first = this.timing?.first_byte ?? null;
    const total = this.live ? this.live.length : this.#events.length;
    return html`<div class="wire-h">
        <h3>Stream</h3>
        <span class="num ${this.live ? 'c-accent' : 't3'}" data-test="stream-count">${plural(total, this.live ? 'piece' : 'event')}</span>
        ${first === null ? nothing : html`<span class="t3 num push">first byte ${duration(first)}</span>`}
      </div>
      <mx-rows
        look="term"
        test="stream"
        label="Stream"
        .count=${total + (this.live ? 1 : 0)}
        .draw=${(index: number) => (this.live ? livePiece(this.live, index, this.since) : this.#draw(index))}
      ></mx-rows>
      ${this.live ? html`<p class="hint">As told to this page. The bytes are stored when the answer has ended.</p>` : nothing}`;
  }

  #draw(index: number): DrawnRow {
    const event = this.#events[index];
    if (!event || !this.bytes) return { content: '' };
    const { name, text } = readEvent(this.bytes, event, this.kind);
    return row(event.at, name, text);
  }
}

function livePiece(live: readonly LivePiece[], index: number, since: number): DrawnRow {
  const piece = live[index];
  if (piece) return row(Math.max(0, piece.at - since), piece.kind, JSON.stringify(piece.text));
  const at = live.at(-1)?.at;
  return {
    content: html`${at === undefined ? nothing : html`<span class="d">${offset(Math.max(0, at - since))}</span> `}<span class="d">waiting for more</span>`,
  };
}

function row(at: number | null, name: string, text: string): DrawnRow {
  return {
    content: html`<span class="d">${at === null ? '     -' : offset(at)}</span> <span class="b">${visible(name)}</span> ${visible(text)}`,
  };
}

/** `+14.02`, in seconds. */
function offset(ms: number): string {
  return `+${(ms / 1000).toFixed(2)}`;
}
