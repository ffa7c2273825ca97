import type { MediaLimits } from '@maestro/core/protocol';
import type { AttachmentItem } from '../elements/mx-attachments.js';
import { refusalOf } from '../text/attachment-limits.js';
import { sentence } from '../text/sentence.js';
import type { App } from './app.js';
import { Signal } from './signal.js';
import { sha256Of, upload } from './upload.js';

/** As it is kept with a draft and named in a message. */
export interface KeptAttachment {
  name: string;
  blob: string;
  media_type: string;
  bytes: number;
}

type Item = AttachmentItem & { blob: string | null };

/** Pictures up to this size are shown before they are sent; larger ones only by name. */
const PREVIEWED_BYTES = 8 * 1_048_576;

/** The files of one composer: checked, sent to the server at once, kept with the draft, named in the message. */
export class Attachments {
  readonly items = new Signal<readonly Item[]>([]);
  /** Why files were not taken; until the next are. */
  readonly refusals = new Signal<readonly string[]>([]);
  readonly #files = new Map<string, File>();
  readonly #sends = new Map<string, AbortController>();
  #next = 1;

  /** @param changed called when what would be sent is another */
  constructor(
    private readonly app: App,
    private readonly changed: () => void,
  ) {}

  /** What is there on the server and goes along. */
  get kept(): KeptAttachment[] {
    return this.items.value.flatMap(({ name, blob, media_type, bytes, state }) =>
      state === 'ready' && blob !== null ? [{ name, blob, media_type, bytes }] : [],
    );
  }

  take(files: readonly File[], media: MediaLimits | null): void {
    const refusals: string[] = [];
    for (const file of files) {
      const facts = { name: file.name || 'pasted', media_type: file.type, bytes: file.size };
      const refusal = refusalOf(facts, this.items.value, media);
      if (refusal !== null) {
        refusals.push(`${refusal}.`);
        continue;
      }
      const key = `file-${this.#next++}`;
      this.#files.set(key, file);
      const preview = isPicture(file.type) && file.size <= PREVIEWED_BYTES ? URL.createObjectURL(file) : null;
      this.items.value = [
        ...this.items.value,
        { key, ...facts, state: 'sending', progress: 0, problem: '', preview, blob: null },
      ];
      void this.#send(key);
    }
    this.refusals.value = refusals;
  }

  again(key: string): void {
    this.#set(key, { state: 'sending', progress: 0, problem: '' });
    void this.#send(key);
  }

  remove(key: string): void {
    this.#forget(key);
    this.items.value = this.items.value.filter((item) => item.key !== key);
    this.refusals.value = [];
    this.changed();
  }

  /** What another tab, or an earlier visit, left there. Those that are on their way stay. */
  show(kept: readonly KeptAttachment[]): void {
    const known = new Map(this.items.value.map((item) => [item.blob, item]));
    const shown = kept.map((one): Item => known.get(one.blob) ?? this.#itemOf(one));
    const underWay = this.items.value.filter(({ state }) => state !== 'ready');
    for (const item of this.items.value) if (![...shown, ...underWay].includes(item)) this.#forget(item.key);
    this.items.value = [...shown, ...underWay];
  }

  clear(): void {
    for (const { key } of this.items.value) this.#forget(key);
    this.items.value = [];
    this.refusals.value = [];
  }

  #itemOf({ name, blob, media_type, bytes }: KeptAttachment): Item {
    const item: Item = {
      key: `kept-${blob}`,
      name,
      media_type,
      bytes,
      state: 'ready',
      progress: 1,
      problem: '',
      preview: null,
      blob,
    };
    if (isPicture(media_type) && bytes <= PREVIEWED_BYTES) void this.#loadPreview(item);
    return item;
  }

  async #loadPreview({ key, blob, media_type }: Item): Promise<void> {
    try {
      const bytes = await this.app.rest.blob(blob ?? '');
      const preview = URL.createObjectURL(new Blob([bytes as BlobPart], { type: media_type }));
      this.#set(key, { preview });
    } catch {
      // Its name says enough.
    }
  }

  async #send(key: string): Promise<void> {
    const file = this.#files.get(key);
    const token = this.app.bearer;
    if (!file || token === null) return;
    const ends = new AbortController();
    this.#sends.set(key, ends);
    try {
      const sha256 = await sha256Of(file);
      const progressed = (progress: number) => this.#set(key, { progress });
      const { media_type, bytes } = await upload(file, { sha256, token, progressed, signal: ends.signal });
      this.#files.delete(key);
      this.#set(key, { state: 'ready', progress: 1, blob: sha256, media_type, bytes });
      this.changed();
    } catch (error) {
      const problem = sentence(error instanceof Error ? error.message : String(error));
      this.#set(key, { state: 'failed', problem });
    }
  }

  #forget(key: string): void {
    this.#sends.get(key)?.abort();
    this.#sends.delete(key);
    this.#files.delete(key);
    const preview = this.items.value.find((item) => item.key === key)?.preview;
    if (preview) URL.revokeObjectURL(preview);
  }

  #set(key: string, change: Partial<Item>): void {
    this.items.value = this.items.value.map((item) => (item.key === key ? { ...item, ...change } : item));
  }
}

function isPicture(media_type: string): boolean {
  return /^image\/(?:png|jpeg|gif|webp|avif|bmp)$/.test(media_type);
}
