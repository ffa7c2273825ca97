import { type MaestroRest, SessionStore } from '@maestro/core/client';
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { randomKey } from '../text/random-key.js';
import type { Connected } from './app.js';
import type { Signal } from './signal.js';

/** Draws its host again when one of the values changes. */
export class Watch implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #signals: readonly Signal<unknown>[];
  #undo: (() => void)[] = [];

  constructor(host: ReactiveControllerHost, ...signals: Signal<unknown>[]) {
    this.#host = host;
    this.#signals = signals;
    host.addController(this);
  }

  hostConnected(): void {
    this.#undo = this.#signals.map((signal) => signal.subscribe(() => this.#host.requestUpdate()));
    this.#host.requestUpdate();
  }

  hostDisconnected(): void {
    for (const undo of this.#undo) undo();
    this.#undo = [];
  }
}

/** Draws its host once a second while `while` says so: clocks and countdowns. */
export class EverySecond implements ReactiveController {
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly isRunning: () => boolean,
    private readonly every = 1000,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    this.#timer = setInterval(() => {
      if (this.isRunning()) this.host.requestUpdate();
    }, this.every);
  }

  hostDisconnected(): void {
    clearInterval(this.#timer);
  }
}

/** A hidden page paints no frames, but its text should be there when it is looked at. */
const HIDDEN_FRAME_MS = 250;

function onNextFrame(act: () => void): void {
  if (document.hidden) setTimeout(act, HIDDEN_FRAME_MS);
  else requestAnimationFrame(act);
}

/** Keeps the session with the given id open while its host is on the page; draws at most once a frame. */
export class FollowSession implements ReactiveController {
  store: SessionStore | null = null;
  /** Counts what changed, so that it can be told on as a property. */
  moment = 0;
  #undo: (() => void) | null = null;
  #isDue = false;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly rest: MaestroRest,
  ) {
    host.addController(this);
  }

  /** Turns to another session, or to none. */
  follow(session_id: string, connected: Connected | null): void {
    this.hostDisconnected();
    if (!connected) return;
    this.store = new SessionStore({ rest: this.rest, socket: connected.socket, session_id, newKey: randomKey });
    this.#undo = this.store.subscribe(() => this.#changed());
    this.store.open();
  }

  hostDisconnected(): void {
    this.#undo?.();
    this.#undo = null;
    this.store?.close();
    this.store = null;
  }

  #changed(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    onNextFrame(() => {
      this.#isDue = false;
      this.moment += 1;
      this.host.requestUpdate();
    });
  }
}
