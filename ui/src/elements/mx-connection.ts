import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { app } from '../state/app.js';
import { EverySecond, Watch } from '../state/controllers.js';
import { MaestroElement } from './element.js';
import './mx-banner.js';

/** A dropped connection shorter than this is no news. */
const AFTER_MS = 1000;

/** Says over the page when the server is away, what that means, and when it is newer than this page. */
@customElement('mx-connection')
export class MxConnection extends MaestroElement {
  @state() private isAway = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #undo: (() => void) | null = null;

  constructor() {
    super();
    new Watch(this, app.connection, app.isOutdated);
    new EverySecond(this, () => this.isAway);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#undo = app.connection.subscribe(() => this.#turned());
    this.#turned();
    window.addEventListener('online', this.#reconnect);
    window.addEventListener('offline', this.#redraw);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.#undo?.();
    window.removeEventListener('online', this.#reconnect);
    window.removeEventListener('offline', this.#redraw);
  }

  override render() {
    if (this.isAway) return this.#away();
    if (!app.isOutdated.value) return nothing;
    return html`<mx-banner
      kind="version"
      heading="The server runs a newer version."
      text="Reload to use it. What you have typed is kept on the server."
      action="Reload"
      @mx-action=${() => location.reload()}
    ></mx-banner>`;
  }

  #away() {
    const isOffline = !navigator.onLine;
    return html`<mx-banner
      kind=${isOffline ? 'offline' : 'reconnecting'}
      .heading=${isOffline ? 'This machine is offline.' : 'Connection lost.'}
      text="Agents keep running on the server. What you send waits here until then."
      .ticking=${isOffline ? '' : whenNext()}
      action="Reconnect now"
      @mx-action=${this.#reconnect}
    ></mx-banner>`;
  }

  #turned(): void {
    clearTimeout(this.#timer);
    if (app.connection.value === 'online') this.isAway = false;
    else
      this.#timer = setTimeout(() => {
        this.isAway = app.connection.value === 'reconnecting';
      }, AFTER_MS);
  }

  #redraw = (): void => {
    this.requestUpdate();
  };

  #reconnect = (): void => {
    app.connected.value?.socket.open();
    this.requestUpdate();
  };
}

function whenNext(): string {
  const next = app.connected.value?.socket.next;
  if (!next) return 'Trying now.';
  return `Trying again in ${Math.max(0, Math.ceil((next.at - Date.now()) / 1000))} s, attempt ${next.attempt}.`;
}
