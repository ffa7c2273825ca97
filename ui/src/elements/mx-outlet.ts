import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import '../pages/mx-not-found.js';
import type { Route } from '../state/route.js';
import { MaestroElement } from './element.js';
import './mx-empty.js';
import { pageLoader } from './page-modules.js';

const SKELETON_AFTER_MS = 150;

type Stage = 'loading' | 'slow' | 'shown' | 'missing' | 'failed';

/**
 * Shows the page of a route. Its code comes when it is first needed; where it does not come, or the page breaks while
 * it is drawn, there is an error with a way on instead of nothing. Tells `mx-shown` when the page stands.
 */
@customElement('mx-outlet')
export class MxOutlet extends MaestroElement {
  @property({ attribute: false }) route: Route = { page: 'dashboard' };
  @state() private stage: Stage = 'loading';
  #error: unknown = null;
  #page: Route['page'] | null = null;
  #attempts = 0;

  constructor() {
    super();
    this.addEventListener('mx-fault', (event) => this.#faulted(event as CustomEvent<unknown>));
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('route') && (this.route.page !== this.#page || this.stage === 'failed')) {
      this.#attempts = 0;
      void this.#load();
    }
  }

  protected override updated(changed: PropertyValues): void {
    if (this.stage === 'shown' || this.stage === 'missing' || this.stage === 'failed') {
      if (changed.has('route') || changed.has('stage')) this.emit('mx-shown');
    }
  }

  override render() {
    if (this.stage === 'shown') return view(this.route);
    if (this.stage === 'missing') return html`<mx-not-found></mx-not-found>`;
    if (this.stage === 'failed') return this.#failure();
    return this.stage === 'slow' ? skeleton : nothing;
  }

  #failure() {
    return html`<header class="top"><h1 tabindex="-1">Page not shown</h1></header>
      <div class="body">
        <mx-empty
          icon="circle-alert"
          tone="error"
          test="page-failed"
          heading="This page could not be shown"
          .text=${`${reason(this.#error)} Your sessions are not affected.`}
          .actions=${[{ id: 'retry', label: 'Retry', icon: 'rotate-cw' }]}
          @mx-action=${this.#retry}
        ></mx-empty>
      </div>`;
  }

  async #load(): Promise<void> {
    const { page } = this.route;
    this.#page = page;
    const load = pageLoader(page);
    this.stage = load ? 'loading' : 'missing';
    if (!load) return;
    const timer = setTimeout(() => {
      if (this.#page === page && this.stage === 'loading') this.stage = 'slow';
    }, SKELETON_AFTER_MS);
    try {
      await load();
      if (this.#page === page) this.stage = 'shown';
    } catch (error) {
      if (this.#page === page) this.#fail(error);
    } finally {
      clearTimeout(timer);
    }
  }

  #faulted(event: CustomEvent<unknown>): void {
    const isPage = event.target instanceof Element && event.target.parentElement === this;
    if (isPage) this.#fail(event.detail);
  }

  #fail(error: unknown): void {
    this.#error = error;
    this.stage = 'failed';
  }

  /** Some browsers remember that a file did not come, and a newer server may have other files: then only a reload helps. */
  #retry = (): void => {
    this.#attempts += 1;
    if (this.#attempts > 1) location.reload();
    else void this.#load();
  };
}

function view(route: Route): TemplateResult {
  switch (route.page) {
    case 'dashboard':
      return html`<mx-dashboard></mx-dashboard>`;
    case 'session':
      return html`<mx-session .sessionId=${route.id} .messageId=${route.message_id} .callId=${route.call_id}></mx-session>`;
    case 'credentials':
      return html`<mx-credentials></mx-credentials>`;
    case 'tools':
      return html`<mx-tools></mx-tools>`;
    case 'mcp':
      return html`<mx-mcp></mx-mcp>`;
    case 'templates':
      return html`<mx-templates .templateId=${route.id}></mx-templates>`;
    case 'plugins':
      return html`<mx-plugins .pluginName=${route.name}></mx-plugins>`;
    case 'usage':
      return html`<mx-usage-page></mx-usage-page>`;
    case 'not-found':
      return html`<mx-not-found></mx-not-found>`;
  }
}

const skeleton = html`<header class="top" role="status" aria-label="Loading the page"><i class="skel skel-head"></i></header>
  <div class="body"><div class="page"><i class="skel skel-40"></i><i class="skel skel-70"></i><i class="skel skel-90"></i></div></div>`;

function reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  if (/import|module|fetch|load/i.test(message))
    return 'Its code did not come from the server, which may be away or newer than this page.';
  return `It broke while it was drawn: ${message}.`;
}
