import { StringDecoder } from 'node:string_decoder';
import type { Stream } from './output-tail.js';
import { colouredText } from './plain-text.js';

const EVERY_MS = 100;
/** Of what came within that time, the last is shown. */
const MOST = 4_096;

/** Tells whoever watches what a program writes, at a pace a person can follow. */
export class LiveText {
  readonly #tell: (text: string) => void;
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  #text = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(tell: (text: string) => void) {
    this.#tell = tell;
  }

  add(stream: Stream, bytes: Buffer): void {
    // Only what may be shown is decoded: text of a whole flood would be a flood of garbage.
    this.#text = (this.#text + this.#decoders[stream].write(bytes.subarray(-MOST))).slice(-MOST);
    this.#timer ??= setTimeout(() => this.flush(), EVERY_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = colouredText(this.#text);
    this.#text = '';
    if (text !== '') this.#tell(text);
  }
}
