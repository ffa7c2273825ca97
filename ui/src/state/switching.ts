import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { sentence } from '../text/sentence.js';
import { messageOf } from './app.js';

/** How switches stand at one moment, by what they switch. */
export class SwitchView {
  constructor(
    private readonly asked: ReadonlyMap<string, boolean> = new Map(),
    private readonly failed: ReadonlyMap<string, string> = new Map(),
  ) {}

  /** What to show: what was asked for while it is under way, else what is so. */
  shown(key: string, isOn: boolean): boolean {
    return this.asked.get(key) ?? isOn;
  }

  isPending(key: string): boolean {
    return this.asked.has(key);
  }

  /** Why the last change did not take; empty when it did. */
  failure(key: string): string {
    return this.failed.get(key) ?? '';
  }

  with(key: string, asked: boolean | null, failure: string): SwitchView {
    return new SwitchView(
      replaced(this.asked, key, asked),
      replaced(this.failed, key, failure === '' ? null : failure),
    );
  }
}

/** Switches that show at once what was asked for, and fall back with the reason where the server does not do it. */
export class Switching implements ReactiveController {
  /** Another one after each change. */
  view = new SwitchView();
  readonly #host: ReactiveControllerHost;

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  hostConnected(): void {
    this.view = new SwitchView();
  }

  async set(key: string, on: boolean, act: () => Promise<unknown>): Promise<void> {
    if (this.view.isPending(key)) return;
    this.#show(key, on, '');
    try {
      await act();
      this.#show(key, null, '');
    } catch (error) {
      this.#show(key, null, sentence(messageOf(error)));
    }
  }

  #show(key: string, asked: boolean | null, failure: string): void {
    this.view = this.view.with(key, asked, failure);
    this.#host.requestUpdate();
  }
}

function replaced<V>(map: ReadonlyMap<string, V>, key: string, value: V | null): ReadonlyMap<string, V> {
  const next = new Map(map);
  if (value === null) next.delete(key);
  else next.set(key, value);
  return next;
}
