import { isBase64 } from '../base64.js';
import { missing, refuse } from './errors.js';

const IMAGES: Readonly<Record<string, (bytes: Buffer) => boolean>> = {
  'image/png': (bytes) => bytes.subarray(0, 4).equals(Buffer.of(0x89, 0x50, 0x4e, 0x47)),
  'image/jpeg': (bytes) => bytes.subarray(0, 3).equals(Buffer.of(0xff, 0xd8, 0xff)),
  'image/gif': (bytes) => bytes.subarray(0, 4).toString('latin1') === 'GIF8',
  'image/webp': (bytes) => bytes.subarray(8, 12).toString('latin1') === 'WEBP',
};

/** An image by its address or as a data URL. */
export function checkImageUrl(url: unknown, param: string): void {
  if (typeof url !== 'string') missing(param);
  if (/^https?:\/\/\S+$/.test(url)) return;
  if (!url.startsWith('data:'))
    refuse(`Invalid '${param}'. Expected a valid URL, but got a value with an invalid format.`, {
      param,
      code: 'invalid_value',
    });
  const { type, bytes } = decoded(url, param, "an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU=')");
  if (!Object.hasOwn(IMAGES, type))
    refuse(
      `Invalid '${param}'. Expected a base64-encoded data URL with an image MIME type (e.g. 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got unsupported MIME type '${type}'.`,
      { param, code: 'invalid_value' },
    );
  if (!Object.values(IMAGES).some((isIt) => isIt(bytes)))
    refuse(
      "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp'].",
      { param, code: 'invalid_image_format' },
    );
}

/** A file as a data URL with its name. Of the types that the real one takes only PDF is known here. */
export function checkFile({ filename, file_data }: { filename?: unknown; file_data?: unknown }, where: string): void {
  const param = `${where}.file_data`;
  if (typeof file_data !== 'string') missing(param);
  if (typeof filename !== 'string') missing(`${where}.filename`);
  const { type, bytes } = decoded(file_data, param, "a MIME type (e.g. 'data:application/pdf;base64,JVBERi0=')");
  if (type !== 'application/pdf' || !bytes.toString('latin1').startsWith('%PDF-'))
    refuse(
      `Invalid file data: '${param}'. Expected a base64-encoded data URL with MIME type 'application/pdf', but got unsupported MIME type '${type}'.`,
      { param, code: 'invalid_value' },
    );
}

function decoded(url: string, param: string, expected: string): { type: string; bytes: Buffer } {
  const [head, type] = /^data:([\w/+.-]+);base64,/.exec(url) ?? [];
  const data = head === undefined ? '' : url.slice(head.length);
  if (type === undefined || !isBase64(data) || data.length % 4 > 0)
    refuse(
      `Invalid '${param}'. Expected a base64-encoded data URL with ${expected}, but got a value without valid base64 data.`,
      { param, code: 'invalid_value' },
    );
  return { type, bytes: Buffer.from(data, 'base64') };
}
