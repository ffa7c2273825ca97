import type { SessionStore } from '@maestro/core/client';
import type { CompactionResource, SearchHit } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { copyText } from '../elements/copy-button.js';
import { MaestroElement } from '../elements/element.js';
import '../elements/mx-chat-log.js';
import type { MxChatLog } from '../elements/mx-chat-log.js';
import '../elements/mx-find.js';
import type { MxFind } from '../elements/mx-find.js';
import { AgentViews } from '../state/agent-views.js';
import { app } from '../state/app.js';
import { Watch } from '../state/controllers.js';
import { paths } from '../state/route.js';

const HITS = 100;
const NO_AGENTS = new Map();

/** The conversation of a session with what it asks of the server: older and newer messages, places, words, forks. */
@customElement('mx-conversation')
export class MxConversation extends MaestroElement {
  @property({ attribute: false }) store: SessionStore | null = null;
  /** Counts changes of the store. */
  @property({ attribute: false }) moment = 0;
  /** The message the address names. */
  @property({ attribute: false }) messageId: string | undefined;
  @property({ attribute: false }) tail: unknown = nothing;
  @state() private loading: 'older' | 'newer' | null = null;
  @state() private target: { message_id: string } | null = null;
  @state() private compactions: readonly CompactionResource[] = [];
  @state() private finding = false;
  @state() private hits: readonly SearchHit[] = [];
  @state() private hasMore = false;
  @state() private search: MxFind['state'] = 'idle';
  readonly #agents = new AgentViews(this);
  #compacted = '';
  #aimed = '';
  #asked: AbortController | null = null;
  #returnTo: HTMLElement | null = null;

  constructor() {
    super();
    new Watch(this, app.tools, app.providers);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('keydown', this.#onKey);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('keydown', this.#onKey);
    this.#asked?.abort();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('store')) this.#opened();
    if (this.store?.state !== 'ready') return;
    this.#loadCompactions(this.store);
    this.#openPlace(this.store);
  }

  override render() {
    const { store } = this;
    if (!store) return nothing;
    const { shown, view } = store;
    return html`${this.finding ? this.#find() : nothing}<mx-chat-log
        .view=${shown}
        .live=${view}
        .session=${view.session}
        .provider=${app.labelOf(view.session?.provider ?? '')}
        .outbox=${store.outbox.items}
        .effects=${effectsOf(app.tools.value)}
        .agents=${view.session ? this.#agents.of(view) : NO_AGENTS}
        .compactions=${this.compactions}
        .ready=${store.state === 'ready'}
        .hasOlder=${store.hasOlder}
        .hasNewer=${store.hasNewer}
        .loading=${this.loading}
        .target=${this.target}
        .tail=${this.tail}
        @mx-load-older=${() => this.#load('older')}
        @mx-load-newer=${() => this.#load('newer')}
        @mx-live-end=${() => store.toEnd()}
        @mx-follow=${this.#followed}
        @mx-fork=${this.#fork}
        @mx-copy-link=${this.#copyLink}
        @mx-resend=${(event: CustomEvent<string>) => void store.outbox.again(event.detail)?.catch(() => undefined)}
        @mx-discard=${(event: CustomEvent<string>) => store.outbox.discard(event.detail)}
      ></mx-chat-log>`;
  }

  /** Opens the search; what had the focus gets it back. */
  openSearch(): void {
    if (!this.finding && document.activeElement instanceof HTMLElement) this.#returnTo = document.activeElement;
    this.finding = true;
    void this.updateComplete.then(() => this.find<MxFind>('mx-find')?.focus());
  }

  /** Shows a message wherever it stands, loaded or not. */
  async jump(message_id: string): Promise<void> {
    const { store } = this;
    if (!store) return;
    store.isFollowing = false;
    const found = await app.attempt('Message not loaded', async () => (await store.jump(message_id)) ?? null);
    if (this.store !== store) return;
    if (found) this.target = { message_id };
    else if (found === null)
      app.toasts.show('error', 'Message not found', 'The current conversation has no such message.');
  }

  toEnd(): void {
    this.find<MxChatLog>('mx-chat-log')?.toEnd();
  }

  #opened(): void {
    this.#asked?.abort();
    this.target = null;
    this.compactions = [];
    this.#compacted = '';
    this.#aimed = '';
    this.loading = null;
    this.finding = false;
    this.hits = [];
    this.search = 'idle';
  }

  #find() {
    return html`<mx-find
      .hits=${this.hits}
      .hasMore=${this.hasMore}
      .state=${this.search}
      @mx-search=${(event: CustomEvent<{ q: string }>) => this.#search(event.detail.q)}
      @mx-hit=${(event: CustomEvent<{ message_id: string }>) => this.jump(event.detail.message_id)}
      @mx-close=${this.#closeSearch}
    ></mx-find>`;
  }

  async #search(q: string): Promise<void> {
    this.#asked?.abort();
    if (q === '') {
      this.hits = [];
      this.search = 'idle';
      return;
    }
    const asked = new AbortController();
    this.#asked = asked;
    this.search = 'searching';
    try {
      const session = this.store?.session_id ?? '';
      const { items, next } = await app.rest.search({ q, session, limit: HITS }, asked.signal);
      if (this.#asked !== asked) return;
      this.hits = items;
      this.hasMore = next !== null;
      this.search = items.length > 0 ? 'found' : 'none';
    } catch {
      if (this.#asked !== asked || asked.signal.aborted) return;
      this.hits = [];
      this.search = 'failed';
    }
  }

  #closeSearch = (): void => {
    this.#asked?.abort();
    this.finding = false;
    this.hits = [];
    this.search = 'idle';
    this.#returnTo?.focus();
    this.#returnTo = null;
  };

  /** The browser's own search sees only what is loaded; a second press in the field gives it back. */
  #onKey = (event: KeyboardEvent): void => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey || event.key.toLowerCase() !== 'f') return;
    if (document.querySelector('[role="dialog"]') || this.find('mx-find')?.contains(document.activeElement)) return;
    event.preventDefault();
    this.openSearch();
  };

  /** An address that names a message opens there, once. */
  #openPlace(store: SessionStore): void {
    const wanted = this.messageId ?? '';
    if (wanted === this.#aimed) return;
    this.#aimed = wanted;
    if (wanted !== '' && store.session_id !== '') void this.jump(wanted);
  }

  /** They are known by events only while one looks on, so they are asked for when such an event came. */
  #loadCompactions({ session_id, view }: SessionStore): void {
    const told = view.notices.filter(({ code }) => code.startsWith('compaction.')).map(({ seq }) => seq);
    const state = `${view.conversation_id} ${told.join()}`;
    if (state === this.#compacted) return;
    this.#compacted = state;
    app.rest.compactions(session_id).then(
      ({ items }) => {
        if (this.#compacted === state) this.compactions = items;
      },
      // The notices that tell of them stay.
      () => undefined,
    );
  }

  async #load(which: 'older' | 'newer'): Promise<void> {
    const { store } = this;
    if (!store || this.loading !== null) return;
    this.loading = which;
    const load = () => (which === 'older' ? store.loadOlder() : store.loadNewer());
    await app.attempt(which === 'older' ? 'Older messages not loaded' : 'Newer messages not loaded', load);
    if (this.store === store) this.loading = null;
  }

  #followed = (event: CustomEvent<{ following: boolean }>): void => {
    if (this.store) this.store.isFollowing = event.detail.following;
  };

  #fork = async (event: CustomEvent<{ at_message_id: string; text?: string }>): Promise<void> => {
    const { store } = this;
    if (!store) return;
    const made = await app.attempt('Not forked', () => app.rest.fork(store.session_id, event.detail));
    if (made) app.router.go(paths.session(made.session_id));
  };

  #copyLink = (event: CustomEvent<{ message_id: string }>): void => {
    const path = paths.message(this.store?.session_id ?? '', event.detail.message_id);
    void copyText(`${location.origin}${path}`, 'Link');
  };
}

const effects = new WeakMap<object, ReadonlyMap<string, 'read' | 'write' | 'exec' | 'net'>>();

/** Kind of each tool by name; the same map while the list is the same. */
function effectsOf(tools: typeof app.tools.value) {
  const known = effects.get(tools) ?? new Map(tools.map(({ name, effects: kind }) => [name, kind]));
  effects.set(tools, known);
  return known;
}
