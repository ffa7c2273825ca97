import { MaestroError } from '../errors.js';
import type { MediaLimits } from '../protocol/media-limits.js';
import type { Attachment } from '../protocol/messages.js';
import type { Blobs } from '../store/blobs.js';
import { fileSize } from './file-size.js';
import { safeName } from './safe-name.js';
import { pixelsOf, RASTER, seenType } from './seen-type.js';

/** What a client says of an attachment: where its bytes are, and how it is called. */
export interface Given {
  name?: string | undefined;
  blob: string;
}

/**
 * What a person attached, by what its bytes are rather than what they were said to be, under names that do no harm.
 * What the provider could never be shown is refused here, before anything is sent.
 *
 * @param limits of the provider that will be asked; without it nothing is refused
 * @throws MaestroError `blob.unknown`, `blob.corrupt`, `attachment.too_large`, `attachment.too_many`
 */
export async function attachmentsOf(
  given: readonly Given[],
  blobs: Pick<Blobs, 'open'>,
  limits: MediaLimits | undefined,
): Promise<Attachment[]> {
  const seen: Attachment[] = [];
  // One at a time: each may be of many megabytes.
  for (const one of given) {
    const bytes = await blobs.open(one.blob);
    const part = partOf(one, bytes);
    const why = limits && tooLarge(part, bytes, limits);
    if (why)
      throw new MaestroError('attachment.too_large', `${named(part)} ${why}; make it smaller and attach it anew`);
    seen.push(part);
  }
  if (limits) refuseTooMuch(seen, limits);
  return seen;
}

/** The part that shows these bytes. Its media type is what they are seen to be. */
export function partOf(given: Given, bytes: Buffer): Attachment {
  const media_type = seenType(bytes);
  const of = { media_type, blob: given.blob, bytes: bytes.length };
  const name = given.name === undefined ? undefined : safeName(given.name);
  if (RASTER.has(media_type)) return { v: 1, type: 'image', ...(name !== undefined && { name }), ...of };
  return { v: 1, type: 'file', name: name ?? 'file', ...of };
}

/** Why one image or file cannot be shown to a provider, as the end of a sentence; undefined where it can. */
export function tooLarge(part: Attachment, bytes: Buffer, limits: MediaLimits): string | undefined {
  const isImage = limits.images.includes(part.media_type);
  if (!isImage && !limits.files.includes(part.media_type)) return undefined;
  const most = isImage ? limits.imageBytes : limits.fileBytes;
  if (bytes.length > most)
    return `has ${fileSize(bytes.length)}, and ${fileSize(most)} is the most this provider takes`;
  const edge = edgeOf(part, bytes);
  if (limits.imagePixels === undefined || edge <= limits.imagePixels) return undefined;
  return `is ${edge} pixels long, and ${limits.imagePixels} is the most this provider takes`;
}

/** The longer edge of an image in pixels; 0 where it is not known, or for what is none. */
export function edgeOf({ media_type }: Attachment, bytes: Buffer): number {
  return Math.max(...(pixelsOf(bytes, media_type) ?? [0]));
}

function refuseTooMuch(parts: readonly Attachment[], limits: MediaLimits): void {
  const images = parts.filter(({ media_type }) => limits.images.includes(media_type));
  const files = parts.filter(({ media_type }) => limits.files.includes(media_type));
  const first = images[limits.imageCount];
  if (first) {
    const message = `${named(first)} is one too many: this provider takes ${limits.imageCount} images at once`;
    throw new MaestroError('attachment.too_many', message);
  }
  const total = [...images, ...files].reduce((sum, { bytes = 0 }) => sum + bytes, 0);
  if (total <= limits.totalBytes) return;
  const message =
    `${[...images, ...files].map(named).join(', ')} have ${fileSize(total)} together, and ` +
    `${fileSize(limits.totalBytes)} is the most this provider takes at once; send them in several messages`;
  throw new MaestroError('attachment.too_large', message);
}

/** How a sentence names it. */
export function named(part: Attachment): string {
  if (part.name !== undefined) return `"${part.name}"`;
  return `an image (${part.media_type})`;
}
