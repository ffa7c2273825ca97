import { RestError, type SessionStore } from '@maestro/core/client';
import { type FoundFile, isRunning, type MediaLimits } from '@maestro/core/protocol';
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { app } from './app.js';
import { Attachments } from './attachments.js';
import { ComposerDraft, type Draft } from './composer-draft.js';

/** The field that is written in. */
interface Field {
  value: string;
}

/** What is being written in one session: its text and files, kept on the server and shown in every tab, until it is sent. */
export class Composing implements ReactiveController {
  readonly attachments = new Attachments(app, () => this.#keep());
  /** What fits the path that is being typed. */
  files: readonly FoundFile[] = [];
  #store: SessionStore | null = null;
  #draft: ComposerDraft | null = null;
  #find: AbortController | null = null;
  #undo: (() => void)[] = [];

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly field: () => Field | null,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    const draws = () => this.host.requestUpdate();
    this.#undo.push(this.attachments.items.subscribe(draws), this.attachments.refusals.subscribe(draws));
  }

  hostDisconnected(): void {
    this.close();
    for (const undo of this.#undo) undo();
    this.#undo = [];
  }

  /** Turns to a session, once its field is on the page. */
  async open(store: SessionStore): Promise<void> {
    this.close();
    const draft: ComposerDraft = new ComposerDraft(app.rest, store.session_id, (late) => {
      if (this.#draft === draft) this.#show(late);
    });
    this.#store = store;
    this.#draft = draft;
    store.onTyped((by) => void this.#heard(draft, by));
    await this.host.updateComplete;
    const field = this.field();
    if (field) field.value = '';
    const kept = await draft.load();
    // What was typed while it loaded is newer.
    if (this.#draft === draft && kept && (this.field()?.value ?? '') === '') this.#show(kept);
  }

  close(): void {
    this.#draft?.flush();
    this.#draft = null;
    this.#store = null;
    this.#find?.abort();
    this.attachments.clear();
  }

  typed(): void {
    this.#keep();
  }

  attach(files: readonly File[], media: MediaLimits | null): void {
    this.attachments.take(files, media);
  }

  async find(query: string): Promise<void> {
    this.#find?.abort();
    const ends = new AbortController();
    this.#find = ends;
    const id = this.#store?.session_id;
    if (id === undefined) return;
    try {
      const { items } = await app.rest.workingFiles(id, { q: query }, ends.signal);
      if (this.#find !== ends) return;
      this.files = items;
    } catch (error) {
      if (ends.signal.aborted) return;
      // Nothing fits where nothing can be read; a token that is gone is worth a word.
      this.files = [];
      if (error instanceof RestError && error.status === 401) app.problem('Files not found', error);
    }
    this.host.requestUpdate();
  }

  /** Sends a text with the files that are there; what the server refuses stays in the log, to be sent again. */
  send(text: string): void {
    const store = this.#store;
    if (!store) return;
    // Whether it is an image the server sees by its bytes.
    const attachments = this.attachments.kept.map(({ name, blob }) => ({ v: 1, type: 'file', name, blob }) as const);
    this.forget();
    store.send(text, attachments.length === 0 ? {} : { attachments }).catch((error: unknown) => {
      if (error instanceof RestError && error.status === 401) app.problem('Not sent', error);
    });
  }

  async interruptAndSend(text: string): Promise<void> {
    const store = this.#store;
    if (store && isRunning(store.view)) await app.attempt('Not stopped', () => store.stop());
    this.send(text);
  }

  /** The field is empty now, here and elsewhere. */
  forget(): void {
    this.attachments.clear();
    this.#draft?.write({ text: '', attachments: [] });
    this.#draft?.flush();
  }

  async #heard(draft: ComposerDraft, by: string | null): Promise<void> {
    const written = await draft.heard(by);
    if (written && this.#draft === draft) this.#show(written);
  }

  #show({ text, attachments }: Draft): void {
    const field = this.field();
    if (field) field.value = text;
    this.attachments.show(attachments);
  }

  #keep(): void {
    this.#draft?.write({ text: this.field()?.value ?? '', attachments: this.attachments.kept });
  }
}
