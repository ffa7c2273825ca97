import type { ContentPart, MediaLimits, ModelRequest, Part } from '@maestro/core';

type Picture = Extract<ContentPart, { type: 'image' | 'file' }>;

/** Bytes in base64 by the hash of their blob; what is missing cannot be sent. */
export type Media = ReadonlyMap<string, string>;

/** A request of more than 20 MB is refused, counted in base64; words need room as well. */
const MOST_BYTES = 13_500_000;

/** What every Gemini model reads as `inlineData`. Source: ai.google.dev/gemini-api/docs/image-understanding, read 2026-11-27. */
export const MEDIA: MediaLimits = {
  images: ['image/png', 'image/jpeg', 'image/webp', 'image/heic', 'image/heif'],
  files: ['application/pdf'],
  imageBytes: MOST_BYTES,
  fileBytes: MOST_BYTES,
  totalBytes: MOST_BYTES,
  imageCount: 3_000,
};

/** Loads what the history shows of pictures and files, each once. */
export async function mediaOf({ messages, blob }: Pick<ModelRequest, 'messages' | 'blob'>): Promise<Media> {
  const media = new Map<string, string>();
  const pictures = messages.flatMap(({ parts }) => parts.flatMap(picturesIn));
  for (const hash of new Set(pictures.map((picture) => picture.blob))) {
    // Bytes that are gone must not end a conversation: their name is told.
    const bytes = await blob(hash).catch(() => undefined);
    if (bytes) media.set(hash, bytes.toString('base64'));
  }
  return media;
}

function picturesIn(part: Part): Picture[] {
  if (part.type === 'image' || part.type === 'file') return [part];
  return part.type === 'tool_result' ? part.content.filter(isPicture) : [];
}

export const isPicture = (part: ContentPart): part is Picture => part.type === 'image' || part.type === 'file';

/** The part as the API takes it, or undefined where only its name can be told. */
export function inlineData(part: Picture, media: Media) {
  const data = media.get(part.blob);
  if (data === undefined || ![...MEDIA.images, ...MEDIA.files].includes(part.media_type)) return undefined;
  return { inlineData: { data, mimeType: part.media_type } };
}

export const placeholder = (part: Picture): string =>
  part.name ? `[the ${part.type} "${part.name}", not sent]` : `[an image, ${part.media_type}, not sent]`;
