import type { ContentPart, MediaLimits, ModelMessage, ModelRequest } from '@maestro/core';

export type Picture = Extract<ContentPart, { type: 'image' | 'file' }>;

/** Bytes by the hash of their blob; what is missing cannot be sent. */
export type Media = ReadonlyMap<string, Buffer>;

const PDF = 'application/pdf';

/**
 * An image of more than 5 MB and a request of more than 32 MB are refused, both counted in base64, and words need room
 * as well. Source: platform.claude.com/docs/en/build-with-claude/vision and pdf-support, read 2026-11-27.
 */
export const MEDIA: MediaLimits = {
  images: ['image/png', 'image/jpeg', 'image/gif', 'image/webp'],
  files: [PDF],
  imageBytes: (5 * 1024 * 1024 * 3) / 4,
  fileBytes: 20 * 1024 * 1024,
  totalBytes: 21 * 1024 * 1024,
  imageCount: 100,
  imagePixels: 8_000,
  manyImages: { over: 20, pixels: 2_000 },
};

/** Loads what the history shows of pictures and files, each once. */
export async function mediaOf({ messages, blob }: Pick<ModelRequest, 'messages' | 'blob'>): Promise<Media> {
  const media = new Map<string, Buffer>();
  for (const hash of new Set(messages.flatMap(picturesOf).map((picture) => picture.blob))) {
    // Bytes that are gone must not end a conversation: their name is told.
    const bytes = await blob(hash).catch(() => undefined);
    if (bytes) media.set(hash, bytes);
  }
  return media;
}

function picturesOf({ parts }: ModelMessage): Picture[] {
  return parts.flatMap((part): Picture[] => {
    if (part.type === 'image' || part.type === 'file') return [part];
    return part.type === 'tool_result' ? part.content.filter(isPicture) : [];
  });
}

export const isPicture = (part: ContentPart): part is Picture => part.type === 'image' || part.type === 'file';

/** The part as a content block, or undefined where only its name can be told. */
export function mediaBlock(part: Picture, media: Media) {
  const { media_type } = part;
  const bytes = media.get(part.blob);
  if (!bytes || ![...MEDIA.images, ...MEDIA.files].includes(media_type)) return undefined;
  const source = { type: 'base64', media_type, data: bytes.toString('base64') };
  if (media_type !== PDF) return { type: 'image', source };
  return { type: 'document', source, ...(part.name && { title: part.name }) };
}

export const placeholder = (part: Picture): string =>
  part.name ? `[the ${part.type} "${part.name}", not sent]` : `[an image, ${part.media_type}, not sent]`;
