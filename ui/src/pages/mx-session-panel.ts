import type { SessionStore } from '@maestro/core/client';
import { isRunning } from '@maestro/core/protocol';
import { createFocusTrap, type FocusTrap } from 'focus-trap';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { MaestroElement } from '../elements/element.js';
import { icon } from '../elements/icon.js';
import '../elements/mx-tabs.js';
import { app } from '../state/app.js';
import { type Command, onCommand } from '../state/command.js';
import { EverySecond, Watch } from '../state/controllers.js';
import type { Loaded } from '../state/loaded.js';
import { fittingWidth, isPanelTab, PanelPlace, type PanelTab } from '../state/panel-place.js';
import { paths } from '../state/route.js';
import { saveFile } from '../state/save-file.js';
import { SessionPanelData } from '../state/session-panel-data.js';
import { timeOfDay } from '../text/format.js';
import { copyText } from './hand-over.js';

const tabs: { id: PanelTab; label: string }[] = [
  { id: 'tools', label: 'Tools' },
  { id: 'mcp', label: 'MCP' },
  { id: 'context', label: 'Context' },
  { id: 'usage', label: 'Usage' },
  { id: 'wire', label: 'Wire' },
];

/** Each tab is loaded when it is first looked at. */
const modules: Record<PanelTab, () => Promise<unknown>> = {
  tools: () => import('../elements/mx-session-tools.js'),
  mcp: () => import('../elements/mx-session-mcp.js'),
  context: () => Promise.all([import('../elements/mx-session-context.js'), import('../elements/mx-panels.js')]),
  usage: () => import('../elements/mx-session-usage.js'),
  wire: () => import('../elements/mx-wire.js'),
};
/** Below, the panel lies over the conversation instead of beside it. */
const NARROW = '(max-width: 63.9375rem)';
const CALL = /^\/sessions\/[^/]+\/calls\/([^/]+)\/?$/;
const STEP = 16;
/** What elements in here tell is meant for the panel: pages around it hear some of the same names. */
const own = ['change', 'mx-change', 'mx-select', 'mx-copy', 'mx-load', 'mx-compact', 'mx-revert'];

/** Beside a conversation: its tools, its servers, its context, what it uses, and what goes over the wire. */
@customElement('mx-session-panel')
export class MxSessionPanel extends MaestroElement {
  @property({ attribute: false }) store: SessionStore | null = null;
  @state() private isOpen = false;
  @state() private tab: PanelTab = 'context';
  @state() private isNarrow = false;
  readonly #place = new PanelPlace();
  readonly #data = new SessionPanelData(this);
  readonly #narrow = window.matchMedia(NARROW);
  #loaded = new Set<PanelTab>();
  #asked = new Set<PanelTab>();
  #before: Element | null = null;
  #trap: FocusTrap | null = null;
  #undo: (() => void)[] = [];
  #session = '';

  constructor() {
    super();
    new Watch(this, app.tools);
    for (const name of own) this.addEventListener(name, (event) => event.stopPropagation());
    new EverySecond(this, () => this.isOpen && (this.tab === 'mcp' || this.tab === 'wire'));
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.isNarrow = this.#narrow.matches;
    this.tab = this.#place.tab;
    this.isOpen = this.#place.open && !this.isNarrow;
    this.#narrow.addListener(this.#onWidth);
    this.#undo = [
      app.router.subscribe(() => this.#readAddress()),
      onCommand(document, (command) => this.#obey(command)),
    ];
    document.addEventListener('mx-panel-show', this.#onShow);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#narrow.removeListener(this.#onWidth);
    for (const undo of this.#undo.splice(0)) undo();
    document.removeEventListener('mx-panel-show', this.#onShow);
    this.#release();
  }

  #obey(command: Command): boolean {
    if (command.name !== 'panel') return false;
    this.toggle(command.tab);
    return true;
  }

  /** A command of the composer leads to a tab. */
  #onShow = (event: Event): void => {
    const { tab } = (event as CustomEvent<{ tab: unknown }>).detail;
    if (!isPanelTab(tab)) return;
    event.preventDefault();
    this.toggle(tab);
  };

  /** Opens at a tab, or at the one it was left at; closes where it is open and no tab is named. */
  toggle(tab?: PanelTab): void {
    if (this.isOpen && tab === undefined) {
      this.#close();
      return;
    }
    if (!this.contains(document.activeElement)) this.#before = document.activeElement;
    this.#show(tab ?? this.tab);
    void this.updateComplete.then(() => this.find(`#t-${this.tab}`)?.focus());
  }

  protected override willUpdate(changed: PropertyValues): void {
    const id = this.store?.session_id ?? '';
    if (changed.has('store') && id !== this.#session) {
      this.#session = id;
      this.#data.follow(this.store, null);
      this.#readAddress();
    }
    this.#data.follow(this.store, this.isOpen ? this.tab : null);
    if (this.isOpen) this.#loadModule();
  }

  protected override updated(): void {
    this.classList.toggle('closed', !this.isOpen);
    const { width } = this.#place;
    if (width === null || this.isNarrow) this.style.removeProperty('--panel-w');
    else this.style.setProperty('--panel-w', `${fittingWidth(width, window.innerWidth)}px`);
    if (this.isNarrow && this.isOpen) this.#hold();
    else this.#release();
  }

  override render() {
    if (!this.isOpen) {
      return html`<button type="button" class="btn btn-g btn-s btn-i side-open" aria-label="Open panel" title="Open panel" aria-keyshortcuts="Control+J" data-test="panel-open" @click=${() => this.toggle()}>${icon('panel-right')}</button>`;
    }
    const inside = html`<div class="tabs">
        <mx-tabs label="Session details" .tabs=${tabs} .value=${this.tab} @change=${this.#onTab}></mx-tabs>
        <button type="button" class="btn btn-g btn-s btn-i push" aria-label="Close panel" title="Close panel" aria-keyshortcuts="Control+J" data-test="panel-close" @click=${() => this.#close()}>${icon('panel-right')}</button>
      </div>
      <div class="tp" role="tabpanel" id="p-${this.tab}" aria-labelledby="t-${this.tab}" tabindex="0" data-test="panel">${this.#content()}</div>`;
    if (!this.isNarrow)
      return html`${this.#separator()}<aside class="side" aria-label="Session details">${inside}</aside>`;
    return html`<div class="scrim" @click=${this.#onScrim} @keydown=${this.#onKey}>
      <div class="side side-over" role="dialog" aria-modal="true" aria-label="Session details" tabindex="-1">${inside}</div>
    </div>`;
  }

  #separator() {
    const now = this.#width();
    return html`<div
      class="side-sep"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the panel"
      aria-valuemin=${fittingWidth(0, window.innerWidth)}
      aria-valuemax=${fittingWidth(Number.POSITIVE_INFINITY, window.innerWidth)}
      aria-valuenow=${now}
      tabindex="0"
      data-test="panel-width"
      @pointerdown=${this.#onDrag}
      @keydown=${this.#onResizeKey}
      @dblclick=${() => this.#resize(null)}
    ></div>`;
  }

  #content(): TemplateResult {
    const session = this.store?.view.session ?? null;
    if (!this.#loaded.has(this.tab) || !session) return skeleton;
    const { uses, servers, context, usage, wire } = this.#data;
    switch (this.tab) {
      case 'tools':
        return this.#told(
          uses,
          true,
          () =>
            html`<mx-session-tools .session=${session} .tools=${app.tools.value} .uses=${uses.value ?? []} .pending=${this.#data.pending} @mx-switch-tool=${this.#switchTool}></mx-session-tools>`,
        );
      case 'mcp':
        return this.#told(
          servers,
          false,
          () => html`<mx-session-mcp
            .session=${session}
            .servers=${servers.value ?? []}
            .tools=${this.#data.serverTools}
            .off=${new Set(app.tools.value.flatMap(({ name, is_enabled }) => (is_enabled ? [] : [name])))}
            .pending=${this.#data.pending}
            .now=${Date.now()}
            @mx-switch-tool=${this.#switchTool}
            @mx-switch-server=${this.#switchServer}
            @mx-server-tools=${(event: CustomEvent<{ id: string }>) => void this.#data.loadServerTools(event.detail.id)}
          ></mx-session-mcp>`,
        );
      case 'context':
        return this.#told(
          context,
          false,
          () => html`<mx-session-context
            .session=${session}
            .report=${context.value?.report ?? null}
            .compactions=${context.value?.compactions ?? []}
            .busy=${this.store ? isRunning(this.store.view) : false}
            @mx-compact=${() => void this.#data.change('compact', 'Not compacted', (id) => app.rest.compact(id))}
            @mx-revert=${(event: CustomEvent<{ id: string }>) => void this.#data.change('revert', 'Not undone', (id) => app.rest.revertCompaction(id, event.detail.id))}
            @mx-prompt=${(event: CustomEvent<{ text: string }>) => void this.#data.change('prompt', 'Prompt not saved', (id) => app.rest.patchSession(id, { system_prompt: event.detail.text }))}
          ></mx-session-context><mx-panels slot="session" .sessionId=${session.session_id}></mx-panels>`,
        );
      case 'usage':
        return this.#told(
          usage,
          false,
          () => html`<mx-session-usage
            .session=${session}
            .usage=${usage.value?.usage ?? null}
            .budgets=${usage.value?.budgets ?? []}
            .calls=${wire.calls}
            @mx-open-call=${(event: CustomEvent<{ id: string }>) => this.#openCall(event.detail.id)}
          ></mx-session-usage>`,
        );
      case 'wire':
        return this.#told(wire.newest, false, () => this.#wire());
    }
  }

  #wire() {
    const { wire, live } = this.#data;
    const { calls } = wire;
    return html`${wire.error === null ? nothing : html`<p class="c-error t12" role="alert" data-test="call-missing">${wire.error}</p>`}
      <mx-wire
        .calls=${calls}
        .older=${(calls[0]?.ord ?? 1) - 1}
        .selected=${wire.selected}
        .side=${wire.side}
        .request=${wire.request}
        .response=${wire.response}
        .other=${wire.other}
        .otherRequest=${wire.otherRequest}
        .live=${wire.selected?.id === calls.at(-1)?.id ? live.pieces : []}
        .now=${Date.now()}
        @mx-select=${(event: CustomEvent<{ id: string }>) => this.#openCall(event.detail.id)}
        @mx-side=${(event: CustomEvent<{ value: 'request' | 'response' | 'timing' }>) => wire.turn(event.detail.value)}
        @mx-older=${() => void wire.loadOlder()}
        @mx-load=${(event: CustomEvent<{ what: 'request' | 'response' }>) => void wire.load(event.detail.what)}
        @mx-compare=${(event: CustomEvent<{ id: string }>) => void wire.compare(event.detail.id)}
        @mx-copy=${(event: CustomEvent<{ id: string }>) => void this.#copyCommand(event.detail.id)}
        @mx-copy-text=${(event: CustomEvent<{ text: string }>) => void copyText(event.detail.text, 'The body is copied.')}
        @mx-download=${(event: CustomEvent<{ what: 'request' | 'response' }>) => void this.#download(event.detail.what)}
      ></mx-wire>`;
  }

  /** Says so where the newest answer is missing; what was there before stays. */
  #told(loaded: Loaded<unknown>, showsAtOnce: boolean, draw: () => TemplateResult): TemplateResult {
    const failed =
      loaded.error === null
        ? nothing
        : html`<div class="row t12 side-stale" role="alert" data-test="panel-stale">
            <span class="c-warn">${icon('triangle-alert', 's')}</span
            ><span>${loaded.value === null ? loaded.error : `${timeOfDay(new Date(loaded.at).toISOString())}, not current. ${loaded.error}`}</span>
            <button type="button" class="btn btn-s push" @click=${() => this.#data.again()}>Retry</button>
          </div>`;
    if (loaded.value === null && !showsAtOnce) return html`${failed}${loaded.error === null ? skeleton : nothing}`;
    return html`${failed}${draw()}`;
  }

  #onTab = (event: CustomEvent<{ value: string }>): void => {
    if (isPanelTab(event.detail.value)) this.#show(event.detail.value);
  };

  #show(tab: PanelTab): void {
    this.tab = tab;
    this.isOpen = true;
    this.#place.set(this.isNarrow ? { tab } : { tab, open: true });
    this.#writeAddress();
  }

  #close(): void {
    const hadFocus = this.contains(document.activeElement);
    this.isOpen = false;
    if (!this.isNarrow) this.#place.set({ open: false, tab: this.tab });
    this.#writeAddress();
    void this.updateComplete.then(() => {
      if (!hadFocus) return;
      const back = this.#before;
      if (back instanceof HTMLElement && back.isConnected && back !== document.body) back.focus();
      else this.find('.side-open')?.focus();
    });
  }

  /** An address names a call or a tab; one that names neither leaves the panel as it is. */
  #readAddress(): void {
    const call = CALL.exec(location.pathname)?.[1];
    const named = new URLSearchParams(location.search).get('panel');
    const tab = call === undefined ? named : 'wire';
    if (call !== undefined) this.#data.wire.choose(decodeURIComponent(call));
    if (!isPanelTab(tab)) return;
    this.tab = tab;
    this.isOpen = true;
  }

  /** What is shown, as an address to share. */
  #writeAddress(): void {
    if (this.#session === '') return;
    const call = this.#data.wire.wanted;
    const at = paths.session(this.#session);
    const path = !this.isOpen
      ? at
      : this.tab === 'wire' && call !== null
        ? `${at}/calls/${encodeURIComponent(call)}`
        : `${at}?panel=${this.tab}`;
    app.router.replace(path);
  }

  #openCall(id: string): void {
    this.#data.wire.choose(id);
    this.#show('wire');
  }

  #switchTool = (event: CustomEvent<{ name: string; on: boolean }>): void => {
    const { name, on } = event.detail;
    void this.#data.change(name, 'Tool not changed', (id) => app.rest.patchSession(id, { tools: { [name]: on } }));
  };

  #switchServer = (event: CustomEvent<{ name: string; on: boolean }>): void => {
    const { name, on } = event.detail;
    void this.#data.change(`mcp:${name}`, 'Server not changed', (id) =>
      app.rest.patchSession(id, { mcps: { [name]: on } }),
    );
  };

  async #copyCommand(id: string): Promise<void> {
    const made = await app.attempt('Not copied', () => app.rest.callCommand(id));
    if (!made) return;
    const { command, variables, body_file } = made;
    const needs = variables.length === 0 ? '' : ` Set ${variables.map((name) => `$${name}`).join(' and ')} first.`;
    const file = body_file === null ? '' : ` It reads the body from ${body_file}: download it.`;
    await copyText(command, `The command is copied.${needs}${file}`);
  }

  async #download(what: 'request' | 'response'): Promise<void> {
    const { wire } = this.#data;
    const id = wire.selected?.id;
    if (id === undefined) return;
    if (!wire[what].bytes) await wire.load(what);
    const { bytes, error } = wire[what];
    if (bytes) saveFile(`call-${id}-${what}.bin`, 'application/octet-stream', bytes as BlobPart);
    else if (error !== null) app.toasts.show('error', 'Not downloaded', error);
  }

  #loadModule(): void {
    const { tab } = this;
    if (this.#asked.has(tab)) return;
    this.#asked.add(tab);
    modules[tab]().then(
      () => {
        this.#loaded.add(tab);
        this.requestUpdate();
      },
      (error: unknown) => app.problem('Panel not loaded', error),
    );
  }

  #onWidth = (): void => {
    this.isNarrow = this.#narrow.matches;
    this.isOpen = this.#place.open && !this.isNarrow;
  };

  #width(): number {
    const side = this.find('.side');
    return Math.round(side?.getBoundingClientRect().width ?? this.#place.width ?? 0);
  }

  #resize(width: number | null): void {
    this.#place.set({ width: width === null ? null : fittingWidth(width, window.innerWidth) });
    this.requestUpdate();
  }

  #onResizeKey(event: KeyboardEvent): void {
    const step = { ArrowLeft: STEP, ArrowRight: -STEP }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    this.#resize(this.#width() + step);
  }

  #onDrag(event: PointerEvent): void {
    const handle = event.currentTarget as HTMLElement;
    event.preventDefault();
    handle.setPointerCapture(event.pointerId);
    const [from, width] = [event.clientX, this.#width()];
    const move = (moved: PointerEvent) => this.#resize(width + from - moved.clientX);
    const end = () => {
      handle.removeEventListener('pointermove', move);
      handle.removeEventListener('pointerup', end);
      handle.removeEventListener('pointercancel', end);
    };
    handle.addEventListener('pointermove', move);
    handle.addEventListener('pointerup', end);
    handle.addEventListener('pointercancel', end);
  }

  #onScrim(event: MouseEvent): void {
    if (event.target === event.currentTarget) this.#close();
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || event.defaultPrevented || event.isComposing) return;
    event.stopPropagation();
    this.#close();
  }

  #hold(): void {
    const box = this.find('.side-over');
    if (this.#trap || !box) return;
    this.#trap = createFocusTrap(box, {
      initialFocus: () => this.find(`#t-${this.tab}`) ?? box,
      fallbackFocus: box,
      escapeDeactivates: false,
      returnFocusOnDeactivate: false,
      allowOutsideClick: true,
      delayInitialFocus: false,
    });
    this.#trap.activate();
  }

  #release(): void {
    this.#trap?.deactivate();
    this.#trap = null;
  }
}

/** Comes into sight after a while alone, so that what is fast does not flicker. */
const skeleton = html`<div class="sk-late" aria-hidden="true"><div class="sk"></div><div class="sk"></div><div class="sk"></div></div>`;
