import type { MediaLimits } from '@maestro/core/protocol';
import { bytes } from './format.js';

/** What is known of a file before it is sent. */
export interface FileFacts {
  name: string;
  /** As the browser sees it. */
  media_type: string;
  bytes: number;
}

/** What the server takes of one file. */
export const MOST_BYTES = 32 * 1_048_576;
/** What a message takes of them. */
export const MOST_FILES = 20;

/** Why a file cannot go along, in a sentence; null where it can. What the server finds out only by its bytes, it says itself. */
export function refusalOf(file: FileFacts, others: readonly FileFacts[], media: MediaLimits | null): string | null {
  if (file.bytes === 0) return `${file.name} is empty`;
  if (file.bytes > MOST_BYTES) return tooLarge(file, MOST_BYTES, 'can be attached');
  if (others.length >= MOST_FILES) return `${file.name} is one too many: a message takes ${MOST_FILES} files`;
  if (!media) return null;
  const isImage = media.images.includes(file.media_type);
  const isFile = media.files.includes(file.media_type);
  if (isImage && file.bytes > media.imageBytes) return tooLarge(file, media.imageBytes, 'this provider takes');
  if (isFile && file.bytes > media.fileBytes) return tooLarge(file, media.fileBytes, 'this provider takes');
  const images = others.filter(({ media_type }) => media.images.includes(media_type)).length;
  if (isImage && images >= media.imageCount)
    return `${file.name} is one too many: this provider takes ${media.imageCount} images at once`;
  const counted = [...others, file].filter(
    ({ media_type }) => media.images.includes(media_type) || media.files.includes(media_type),
  );
  const total = counted.reduce((sum, one) => sum + one.bytes, 0);
  if (total <= media.totalBytes) return null;
  return `${file.name} is too much: the files have ${bytes(total)} together, and ${bytes(media.totalBytes)} is the most this provider takes at once`;
}

function tooLarge({ name, bytes: size }: FileFacts, most: number, who: string): string {
  return `${name} has ${bytes(size)}, and ${bytes(most)} is the most that ${who}`.replace('that this', 'this');
}
