import {
  ApprovalsStore,
  byTicket,
  MaestroRest,
  MaestroSocket,
  RestError,
  SessionsStore,
  type SocketState,
} from '@maestro/core/client';
import type {
  ActivityNote,
  ApprovalResource,
  ListedSession,
  ProviderResource,
  ToolResource,
} from '@maestro/core/protocol';
import { CardOrder } from '../text/card-order.js';
import { sentence } from '../text/sentence.js';
import { tellOfBudgets } from './budget-news.js';
import { FirstRun } from './first-run.js';
import { SingleKeys } from './keyboard.js';
import { Pins } from './pins.js';
import { Router } from './router.js';
import { SettingsFeed } from './settings-feed.js';
import { Signal } from './signal.js';
import { ThemeChoice } from './theme.js';
import { Toasts } from './toasts.js';
import { isOutdated } from './version.js';

const TOKEN_KEY = 'maestro.token';

/** What exists only while this browser is signed in. */
export interface Connected {
  socket: MaestroSocket;
  sessions: SessionsStore;
}

/**
 * What all pages share: who is signed in, the connection, the list of sessions, what the server offers. It talks to
 * the origin it was loaded from and to nothing else.
 */
export class App {
  readonly router = new Router();
  readonly theme = new ThemeChoice();
  readonly toasts = new Toasts();
  readonly singleKeys = new SingleKeys();
  readonly firstRun = new FirstRun();
  /** Whether the server gives out newer pages than this one. */
  readonly isOutdated = new Signal(false);
  /** Which lists of the settings are others now. */
  readonly settings = new SettingsFeed();
  readonly rest = new MaestroRest({ url: location.origin, token: () => this.#token });
  readonly connected = new Signal<Connected | null>(null);
  readonly connection = new Signal<SocketState>('reconnecting');
  /** Milliseconds to the server and back, as the last ping measured it. */
  readonly latency = new Signal<number | null>(null);
  /** Why the sign-in page is shown, if it is not the first visit. */
  readonly refusal = new Signal('');
  readonly providers = new Signal<readonly ProviderResource[]>([]);
  readonly tools = new Signal<readonly ToolResource[]>([]);
  /** In the order of the cards. */
  readonly sessions = new Signal<readonly ListedSession[]>([]);
  /** What happened lately, newest first. */
  readonly notes = new Signal<readonly ActivityNote[]>([]);
  /** Sessions that are watched beside the cards. */
  readonly pins = new Pins();
  /** What waits for a person in any session, oldest first. */
  readonly approvals = new Signal<readonly ApprovalResource[]>([]);
  #token: string | null = localStorage.getItem(TOKEN_KEY);
  #order = new CardOrder();
  #wasOnline = false;

  /** For the few requests that are not made by `rest`. */
  get bearer(): string | null {
    return this.#token;
  }

  /** Uses the one-time code of the address, else the token this browser keeps. */
  async start(): Promise<void> {
    // A code pasted into the address of an open page loads nothing anew.
    window.addEventListener('hashchange', () => void this.#useCode());
    tellOfBudgets(this.notes, this.toasts);
    this.settings.on('tools', () => void this.loadTools());
    for (const list of ['providers', 'credentials'] as const) this.settings.on(list, () => void this.loadProviders());
    if (!(await this.#useCode()) && this.#token !== null) this.#connect();
  }

  async #useCode(): Promise<boolean> {
    const code = new URLSearchParams(location.hash.slice(1)).get('c');
    if (code === null) return false;
    history.replaceState(null, '', location.pathname);
    await this.signIn(code);
    return true;
  }

  /** Turns a one-time code into this browser's token. */
  async signIn(code: string): Promise<void> {
    try {
      const { token } = await this.rest.exchangeCode(code.trim());
      localStorage.setItem(TOKEN_KEY, token);
      this.#token = token;
      this.#connect();
    } catch (error) {
      this.refusal.value = messageOf(error);
      // A stale code in the address must not end a sign-in that still stands.
      if (this.#token !== null) this.#connect();
    }
  }

  signOut(reason = ''): void {
    localStorage.removeItem(TOKEN_KEY);
    this.#token = null;
    this.connected.value?.sessions.close();
    this.connected.value?.socket.close();
    this.connected.value = null;
    this.approvals.value = [];
    this.refusal.value = reason;
  }

  /** Says what went wrong; a token that is no longer good leads to the sign-in page instead. */
  problem(title: string, error: unknown): void {
    if (error instanceof RestError && error.status === 401) this.signOut(messageOf(error));
    else this.toasts.show('error', title, sentence(messageOf(error)));
  }

  /** Does it, and says so where it fails. */
  async attempt<T>(title: string, act: () => Promise<T>): Promise<T | undefined> {
    try {
      return await act();
    } catch (error) {
      this.problem(title, error);
      return undefined;
    }
  }

  async loadProviders(): Promise<void> {
    const list = await this.attempt('Providers not loaded', () => this.rest.providers());
    if (list) this.providers.value = list.items;
  }

  async loadTools(): Promise<void> {
    const list = await this.attempt('Tools not loaded', () => this.rest.tools());
    if (list) this.tools.value = list.items;
  }

  /** The colour slot of a provider, by its place in the registry. */
  slotOf(provider: string): string {
    const index = this.providers.value.findIndex(({ id }) => id === provider);
    return `s${(Math.max(0, index) % 8) + 1}`;
  }

  labelOf(provider: string): string {
    return this.providers.value.find(({ id }) => id === provider)?.label ?? provider;
  }

  #connect(): void {
    this.connected.value?.sessions.close();
    this.connected.value?.socket.close();
    const socket = new MaestroSocket({ connect: byTicket(this.rest) });
    const sessions = new SessionsStore({ rest: this.rest, socket });
    socket.onState((state) => this.#turned(socket, state));
    socket.onLatency(() => {
      if (this.connected.value?.socket === socket) this.latency.value = socket.latency;
    });
    let isKnown = false;
    sessions.subscribe((store) => {
      this.sessions.value = this.#order.arrange(store.sessions);
      this.notes.value = store.notes;
      if (store.isLoaded && !isKnown) this.firstRun.consider(store.sessions.length > 0);
      isKnown ||= store.isLoaded;
    });
    const approvals = new ApprovalsStore({ socket });
    approvals.subscribe((store) => {
      this.approvals.value = store.approvals;
    });
    this.refusal.value = '';
    this.connection.value = socket.state;
    this.connected.value = { socket, sessions };
    sessions.open();
    approvals.open();
    this.settings.follow(socket);
    socket.open();
    void this.loadProviders();
    void this.loadTools();
  }

  /** A server that was away may have come back as another one. */
  async #cameOnline(): Promise<void> {
    if (this.#wasOnline) this.isOutdated.value = await isOutdated();
    this.#wasOnline = true;
  }

  #turned(socket: MaestroSocket, state: SocketState): void {
    if (this.connected.value?.socket !== socket) return;
    this.connection.value = state;
    if (state === 'online') void this.#cameOnline();
    if (state === 'offline' && socket.reason !== 'closed') {
      this.signOut('This browser is no longer signed in: its token has expired or was revoked.');
    }
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export const app = new App();
