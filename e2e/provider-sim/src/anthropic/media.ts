import { isBase64 } from '../base64.js';
import { refuse } from './body.js';
import type { Block } from './shape.js';

const IMAGES = ['image/jpeg', 'image/png', 'image/gif', 'image/webp'];
const MAX_IMAGE = 5 * 1024 * 1024;

/** What the API looks at in an image or a document. Addresses and files by id are taken as they are. */
export function checkMedia(block: Block, where: string): void {
  if (block.type === 'image') checkImage(block, `${where}.image.source`);
  if (block.type === 'document') checkDocument(block, `${where}.document.source`);
}

function checkImage({ source }: Block, where: string): void {
  if (!source?.type) refuse(`${where}: Field required`);
  if (source.type !== 'base64') return;
  if (!IMAGES.includes(source.media_type ?? ''))
    refuse(`${where}.base64.media_type: Input should be 'image/jpeg', 'image/png', 'image/gif' or 'image/webp'`);
  const data = dataOf(source, `${where}.base64`);
  if (data.length > MAX_IMAGE)
    refuse(`${where}.base64: image exceeds 5 MB maximum: ${data.length} bytes > ${MAX_IMAGE} bytes`);
  const seen = seenType(Buffer.from(data.slice(0, 16), 'base64'));
  if (seen && seen !== source.media_type)
    refuse(
      `${where}.base64: The image was specified using the ${source.media_type} media type, but the image appears to be a ${seen} image`,
    );
}

const MANY = 20;

/** The longer edge of every image, which may be less long where there are many. Only PNG says it here. */
export function checkPixels(images: readonly { block: Block; where: string }[]): void {
  const most = images.length > MANY ? 2_000 : 8_000;
  for (const { block, where } of images) {
    const head = Buffer.from(block.source?.data?.slice(0, 32) ?? '', 'base64');
    if (head.length < 24 || seenType(head) !== 'image/png') continue;
    if (Math.max(head.readUInt32BE(16), head.readUInt32BE(20)) <= most) continue;
    const many = images.length > MANY ? ' for many-image requests' : '';
    refuse(
      `${where}.image.source.base64.data: At least one of the image dimensions exceed max allowed size${many}: ${most} pixels`,
    );
  }
}

function checkDocument({ source }: Block, where: string): void {
  if (!source?.type) refuse(`${where}: Field required`);
  if (source.type === 'base64') {
    if (source.media_type !== 'application/pdf')
      refuse(`${where}.base64.media_type: Input should be 'application/pdf'`);
    dataOf(source, `${where}.base64`);
  }
  if (source.type !== 'text') return;
  if (source.media_type !== 'text/plain') refuse(`${where}.text.media_type: Input should be 'text/plain'`);
  if (!source.data) refuse(`${where}.text.data: String should have at least 1 character`);
}

function dataOf({ data }: NonNullable<Block['source']>, where: string): string {
  if (!data) refuse(`${where}.data: Field required`);
  if (!isBase64(data)) refuse(`${where}.data: Invalid base64 data`);
  return data;
}

/** By its first bytes; undefined for one that is none of the four. */
function seenType(bytes: Buffer): string | undefined {
  const head = bytes.toString('latin1');
  if (head.startsWith('\x89PNG')) return 'image/png';
  if (head.startsWith('\xff\xd8\xff')) return 'image/jpeg';
  if (head.startsWith('GIF8')) return 'image/gif';
  return head.startsWith('RIFF') && head.slice(8).startsWith('WEBP') ? 'image/webp' : undefined;
}
