import { app } from './app.js';

interface Held {
  url: Promise<string>;
  holders: number;
}

/** Pictures alone are shown in place, and of those only what can carry no script. */
const SHOWN = /^image\/(?:png|jpeg|gif|webp)$/;
const held = new Map<string, Held>();

export function canShow(media_type: string): boolean {
  return SHOWN.test(media_type);
}

/**
 * The bytes of a blob under an address of this page, since an address of the server would need the token in it. Give it
 * back with `release`: the last to do so frees the bytes.
 */
export function hold(blob: string, media_type: string): Promise<string> {
  const known = held.get(blob);
  if (known) {
    known.holders += 1;
    return known.url;
  }
  const url = app.rest
    .blob(blob)
    .then((bytes) => URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: media_type })));
  held.set(blob, { url, holders: 1 });
  url.catch(() => held.delete(blob));
  return url;
}

export function release(blob: string): void {
  const known = held.get(blob);
  if (!known) return;
  known.holders -= 1;
  if (known.holders > 0) return;
  held.delete(blob);
  known.url.then((url) => URL.revokeObjectURL(url)).catch(() => undefined);
}

/** Saves a blob as a file of the person. */
export async function save(blob: string, name: string): Promise<void> {
  await app.attempt('Not saved', async () => {
    const url = await hold(blob, 'application/octet-stream');
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    // The browser reads it after this returns.
    setTimeout(() => release(blob), 60_000);
  });
}
