import type { CallResource } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { attemptsOf, pathOf, spentOf, standingOf } from '../text/call-view.js';
import { headerOf } from '../text/header-of.js';
import { streamKind } from '../text/stream-events.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-body.js';
import './mx-call-diff.js';
import './mx-segment.js';
import './mx-stream.js';
import type { LivePiece } from './mx-stream.js';
import { hasSecret, headerList, referenceLine } from './wire-headers.js';
import { timingOf, tone } from './wire-timing.js';

export type WireSide = 'request' | 'response' | 'timing';

/** The bytes of one side of a call. */
export interface WireBody {
  bytes: Uint8Array | null;
  error: string | null;
  /** Whether they have the checksum that was noted; null while nobody knows. */
  matches: boolean | null;
}

const noBody: WireBody = { bytes: null, error: null, matches: null };
const sides = [
  { value: 'request', label: 'Request' },
  { value: 'response', label: 'Response' },
  { value: 'timing', label: 'Timing' },
];

/** Every call to a provider: what was sent, what came, and when. */
@customElement('mx-wire')
export class MxWire extends MaestroElement {
  /** Oldest first. */
  @property({ attribute: false }) calls: readonly CallResource[] = [];
  /** How many there are before the first of them. */
  @property({ attribute: false }) older = 0;
  /** With its reference and its arrivals; null: none is chosen, or it is on its way. */
  @property({ attribute: false }) selected: CallResource | null = null;
  @property({ attribute: false }) side: WireSide = 'request';
  @property({ attribute: false }) request: WireBody = noBody;
  @property({ attribute: false }) response: WireBody = noBody;
  /** What was told of the answer while it is on its way. */
  @property({ attribute: false }) live: readonly LivePiece[] = [];
  /** Another call to compare with, and its request. */
  @property({ attribute: false }) other: CallResource | null = null;
  @property({ attribute: false }) otherRequest: WireBody = noBody;
  @property({ attribute: false }) now = Date.now();
  @state() private revealed = false;

  override render() {
    const total = this.calls.length + this.older;
    return html`<div class="wire-h">
        <h2>API calls</h2>
        <span class="t12 t3 num push" data-test="call-count">${total} in this session</span>
      </div>
      ${this.calls.length === 0 ? html`<p class="hint" data-test="no-calls">Nothing was sent yet.</p>` : this.#list()}
      ${this.selected ? this.#detail(this.selected) : nothing}`;
  }

  #list() {
    const chosen = this.selected?.id;
    const newest = [...this.calls].reverse();
    const inList = newest.some(({ id }) => id === chosen);
    return html`<div class="wire-l" role="listbox" aria-label="API calls" data-test="calls" @keydown=${this.#onKey}>
        ${repeat(
          newest,
          ({ id }) => id,
          (call, index) => this.#row(call, call.id === chosen, inList ? call.id === chosen : index === 0),
        )}
      </div>
      ${this.older > 0 ? html`<button type="button" class="btn btn-g btn-s" data-test="older-calls" @click=${() => this.emit('mx-older')}>Show older calls</button>` : nothing}`;
  }

  #row(call: CallResource, isChosen: boolean, hasStop: boolean) {
    const { state, word, long } = standingOf(call);
    const again = call.attempt > 1 ? `try ${call.attempt}` : '';
    const use = call.activity === 'conversation' ? '' : call.activity.replaceAll('_', ' ');
    return html`<button
      type="button"
      role="option"
      aria-selected=${isChosen ? 'true' : 'false'}
      tabindex=${hasStop ? '0' : '-1'}
      title="${visible(call.provider)} / ${visible(call.model)}, ${long}"
      data-test="call"
      data-id=${call.id}
      data-state=${state}
      @click=${() => this.#choose(call.id)}
    >
      <span class="t3">${call.ord}</span>
      <span class="mono trunc">${call.method} ${visible(pathOf(call))}</span>
      <span class="t3 trunc">${visible([use, again].filter((one) => one !== '').join(', '))}</span>
      <span class=${tone(state)}>${word}</span>
      <span class="t3 r">${spentOf(call, this.now)}</span>
    </button>`;
  }

  #detail(call: CallResource) {
    return html`<div class="wire-h wire-side">
        <mx-segment label="Side" .options=${sides} .value=${this.side} @change=${(event: CustomEvent<{ value: WireSide }>) => this.emit('mx-side', event.detail)}></mx-segment>
        <button type="button" class="btn btn-g btn-s push" data-test="copy-curl" @click=${() => this.emit('mx-copy', { id: call.id })}>${icon('copy', 's')}Copy as cURL</button>
      </div>
      <div data-test="wire-${this.side}">${this.#sideOf(call)}</div>`;
  }

  #sideOf(call: CallResource) {
    if (this.side === 'request') return this.#request(call);
    if (this.side === 'response') return this.#response(call);
    return timingOf(call, attemptsOf(this.calls, call), (id) => this.#choose(id));
  }

  #request(call: CallResource) {
    const secret = hasSecret(call.request_headers);
    return html`${referenceLine(call, call.request_headers.length)}
      ${headerList(call.request_headers, 'Headers sent', this.revealed)}
      ${secret ? this.#reveal() : nothing}
      <mx-body
        label="Body"
        .bytes=${this.request.bytes}
        .error=${this.request.error}
        .isAsSent=${this.request.matches}
        .size=${call.request_bytes}
        .sha256=${call.request_sha256}
        @mx-body-show=${() => this.emit('mx-load', { what: 'request' })}
        @mx-body-copy=${(event: CustomEvent<{ text: string }>) => this.emit('mx-copy-text', event.detail)}
        @mx-body-download=${() => this.emit('mx-download', { what: 'request' })}
      ></mx-body>
      ${call.state === 'sent' ? this.#stream(call) : nothing} ${this.#compare(call)}`;
  }

  #reveal() {
    const show = (on: boolean) => () => {
      this.revealed = on;
    };
    const onKey = (on: boolean) => (event: KeyboardEvent) => {
      if (event.key === ' ' || event.key === 'Enter') this.revealed = on;
    };
    return html`<div class="row t12">
      <button
        type="button"
        class="btn btn-g btn-s"
        aria-pressed=${this.revealed ? 'true' : 'false'}
        data-test="reveal"
        @pointerdown=${show(true)}
        @pointerup=${show(false)}
        @pointerleave=${show(false)}
        @keydown=${onKey(true)}
        @keyup=${onKey(false)}
        @blur=${show(false)}
      >Hold to reveal</button>
      <span class="t3">Keys are never stored. What stands in their place tells two of them apart.</span>
    </div>`;
  }

  #response(call: CallResource) {
    if (call.state === 'sent') return this.#stream(call);
    const failed =
      call.error === null
        ? nothing
        : html`<p class="t12 c-error" data-test="call-error">${visible(call.error.message)} <span class="mono t3">${visible(call.error.code)}</span></p>`;
    if (call.response_status === null) return html`${failed}<p class="hint">No answer came.</p>`;
    const { word, state } = standingOf(call);
    return html`${failed}
      <p class="row t12"><span class=${tone(state)}>Status ${word}</span>${call.provider_request_id === null ? nothing : html`<span class="t3 mono trunc push">${visible(call.provider_request_id)}</span>`}</p>
      ${headerList(call.response_headers ?? [], 'Headers received')}
      <mx-body
        label="Body"
        .bytes=${this.response.bytes}
        .error=${this.response.error}
        .size=${call.response_bytes ?? 0}
        @mx-body-show=${() => this.emit('mx-load', { what: 'response' })}
        @mx-body-copy=${(event: CustomEvent<{ text: string }>) => this.emit('mx-copy-text', event.detail)}
        @mx-body-download=${() => this.emit('mx-download', { what: 'response' })}
      ></mx-body>
      ${this.#stream(call)}`;
  }

  #stream(call: CallResource) {
    if (call.state === 'sent')
      return html`<mx-stream .live=${this.live} .since=${Date.parse(call.started_at)} .timing=${call.timing}></mx-stream>`;
    const kind = streamKind(headerOf(call.response_headers ?? [], 'content-type'));
    if (kind === null || this.response.bytes === null) return nothing;
    return html`<mx-stream .bytes=${this.response.bytes} .kind=${kind} .timing=${call.timing}></mx-stream>`;
  }

  #compare(call: CallResource) {
    const others = this.calls.filter(({ id }) => id !== call.id).reverse();
    if (others.length === 0) return nothing;
    const { other } = this;
    const [older, newer] = other && other.ord > call.ord ? [call, other] : [other, call];
    const bodyOf = (one: CallResource | null) => (one === call ? this.request : this.otherRequest);
    return html`<div class="wire-h">
        <label class="t12 t3" for="wire-compare">Compare with</label>
        <select class="input input-s push" id="wire-compare" data-test="compare" @change=${(event: Event) => this.emit('mx-compare', { id: (event.target as HTMLSelectElement).value })}>
          <option value="" ?selected=${other === null}>none</option>
          ${others.map((one) => html`<option value=${one.id} ?selected=${one.id === other?.id}>call ${one.ord}, ${standingOf(one).word}</option>`)}
        </select>
      </div>
      ${
        other === null
          ? nothing
          : html`<mx-call-diff
            .older=${bodyOf(older).bytes}
            .newer=${bodyOf(newer).bytes}
            .error=${this.otherRequest.error}
            .names=${[`call ${older?.ord}`, `call ${newer?.ord}`]}
          ></mx-call-diff>`
      }`;
  }

  #choose(id: string): void {
    if (id !== this.selected?.id) this.emit('mx-select', { id });
  }

  #onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const options = [...this.querySelectorAll<HTMLElement>('[role="option"]')];
    const at = options.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: options.length - 1 }[event.key];
    const next = to === undefined ? undefined : options[Math.max(0, Math.min(to, options.length - 1))];
    if (!next) return;
    event.preventDefault();
    next.focus();
    this.#choose(next.dataset.id ?? '');
  }
}
