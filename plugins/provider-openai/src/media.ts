import type { ContentPart, MediaLimits, ModelMessage, ModelRequest, Part } from '@maestro/core';

export type Attached = Extract<Part, { type: 'image' | 'file' }>;

/** Bytes of attachments by their digest. Those that cannot be sent are not among them. */
export type Media = ReadonlyMap<string, Buffer>;

/**
 * A request of more than 50 MB, counted in base64, or with more than 500 images is refused.
 * Source: platform.openai.com/docs/guides/images-vision and pdf-files, read 2026-11-27.
 */
export const MEDIA: MediaLimits = {
  images: ['image/png', 'image/jpeg', 'image/gif', 'image/webp'],
  files: ['application/pdf'],
  imageBytes: 32 * 1024 * 1024,
  fileBytes: 32 * 1024 * 1024,
  totalBytes: 32 * 1024 * 1024,
  imageCount: 500,
};

/** Whether the bytes are there, and of a type the APIs take. */
export function isSendable(part: Attached, media: Media): boolean {
  return media.has(part.blob) && [...MEDIA.images, ...MEDIA.files].includes(part.media_type);
}

/** Reads what a request sends along, before its body is written. */
export async function loadMedia({ messages, blob }: Pick<ModelRequest, 'messages' | 'blob'>): Promise<Media> {
  const media = new Map<string, Buffer>();
  for (const digest of new Set(messages.flatMap(attachedTo).map((part) => part.blob))) {
    // Bytes that are gone must not end the conversation: the model reads that they are not there.
    const bytes = await blob(digest).catch(() => undefined);
    if (bytes) media.set(digest, bytes);
  }
  return media;
}

/** Images and files of a message, those of tool results included. */
function attachedTo({ parts }: Pick<ModelMessage, 'parts'>): Attached[] {
  return parts.flatMap((part): Attached[] => {
    if (part.type === 'tool_result') return part.content.filter(isAttached);
    return isAttached(part) ? [part] : [];
  });
}

export const isAttached = (part: Part | ContentPart): part is Attached => part.type === 'image' || part.type === 'file';

export const dataUrl = ({ media_type }: Attached, bytes: Buffer): string =>
  `data:${media_type};base64,${bytes.toString('base64')}`;

/** What the model reads in place of an attachment. */
export function placeholder(part: Attached): string {
  return part.name ? `[the ${part.type} "${part.name}", not sent]` : `[an image, ${part.media_type}, not sent]`;
}
