import type { CallResource } from '@maestro/core/protocol';
import type { ReactiveControllerHost } from 'lit';
import { SHOWN_AT_ONCE } from '../elements/mx-body.js';
import type { WireBody, WireSide } from '../elements/mx-wire.js';
import { app, messageOf } from './app.js';
import { Loaded } from './loaded.js';

const PAGE = 100;
const nothing: WireBody = { bytes: null, error: null, matches: null };

/** The calls of one session, newest page first, and all there is of the one that is looked at. */
export class WireData {
  readonly newest: Loaded<readonly CallResource[]>;
  side: WireSide = 'request';
  selected: CallResource | null = null;
  other: CallResource | null = null;
  request: WireBody = nothing;
  response: WireBody = nothing;
  otherRequest: WireBody = nothing;
  /** Why the chosen call cannot be shown. */
  error: string | null = null;
  #older: readonly CallResource[] = [];
  #wanted: string | null = null;
  #gone = new AbortController();

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly session: () => string,
  ) {
    this.newest = new Loaded(host, async () => {
      const { items } = await app.rest.calls(this.session(), { limit: PAGE });
      this.#follow(items);
      return items;
    });
  }

  /** All that are loaded, oldest first. */
  get calls(): readonly CallResource[] {
    const newest = this.newest.value ?? [];
    const first = newest[0];
    return first ? [...this.#older.filter(({ ord }) => ord < first.ord), ...newest] : [];
  }

  get wanted(): string | null {
    return this.#wanted;
  }

  reset(): void {
    this.newest.reset();
    this.#older = [];
    this.choose(null);
  }

  async loadOlder(): Promise<void> {
    const first = this.calls[0];
    if (!first) return;
    const page = await app.attempt('Older calls not loaded', () =>
      app.rest.calls(this.session(), { limit: PAGE, before: first.ord }),
    );
    if (page) this.#older = [...page.items, ...this.#older];
    this.host.requestUpdate();
  }

  choose(id: string | null): void {
    if (id === this.#wanted) return;
    this.#gone.abort();
    this.#gone = new AbortController();
    this.#wanted = id;
    this.selected = null;
    this.other = null;
    this.error = null;
    this.request = nothing;
    this.response = nothing;
    this.otherRequest = nothing;
    if (id !== null) void this.#loadCall(id);
    this.host.requestUpdate();
  }

  turn(side: WireSide): void {
    this.side = side;
    this.#loadBodies();
    this.host.requestUpdate();
  }

  async compare(id: string): Promise<void> {
    this.other = this.calls.find((call) => call.id === id) ?? null;
    this.otherRequest = nothing;
    this.host.requestUpdate();
    if (!this.other) return;
    const body = await this.#fetched('request', id);
    if (this.other?.id === id) this.otherRequest = body;
    this.host.requestUpdate();
  }

  /** Fetches a body whatever its size. */
  async load(what: 'request' | 'response'): Promise<void> {
    const call = this.selected;
    if (!call) return;
    const body = await this.#fetched(what, call.id);
    if (this.selected?.id !== call.id) return;
    this[what] = what === 'request' ? { ...body, matches: await matches(body.bytes, call.request_sha256) } : body;
    this.host.requestUpdate();
  }

  /** What is chosen while it runs is chosen on, and shown as it ended. */
  #follow(items: readonly CallResource[]): void {
    const now = items.find(({ id }) => id === this.#wanted);
    if (now && this.selected?.state === 'sent' && now.state !== 'sent') void this.#loadCall(now.id);
  }

  async #loadCall(id: string): Promise<void> {
    try {
      const call = await app.rest.call(id);
      if (this.#wanted !== id) return;
      this.selected = call;
      this.#loadBodies();
    } catch (error) {
      if (this.#wanted === id) this.error = messageOf(error);
    }
    this.host.requestUpdate();
  }

  #loadBodies(): void {
    const call = this.selected;
    if (!call) return;
    const wants = (what: 'request' | 'response', size: number) =>
      this.side === what && !this[what].bytes && size > 0 && size <= SHOWN_AT_ONCE && void this.load(what);
    wants('request', call.request_bytes);
    if (call.state !== 'sent') wants('response', call.response_bytes ?? 0);
  }

  async #fetched(what: 'request' | 'response', id: string): Promise<WireBody> {
    const { signal } = this.#gone;
    try {
      const bytes = await (what === 'request' ? app.rest.callRequest(id, signal) : app.rest.callResponse(id, signal));
      return { ...nothing, bytes };
    } catch (error) {
      return signal.aborted ? nothing : { ...nothing, error: messageOf(error) };
    }
  }
}

/** Null where this page may not compute it: browsers do so for addresses they trust alone. */
async function matches(bytes: Uint8Array | null, sha256: string): Promise<boolean | null> {
  const subtle = globalThis.crypto.subtle as SubtleCrypto | undefined;
  if (!bytes || !subtle) return null;
  const digest = new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('') === sha256;
}
