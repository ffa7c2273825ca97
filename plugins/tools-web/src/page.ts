import { MaestroError } from '@maestro/core';
import { decodeText } from './charset.js';
import { kindOf } from './media-type.js';
import type { PageReader } from './page-reader.js';
import { pageUrl } from './page-url.js';
import type { Format } from './readable.js';
import { type Answer, PAGE_BYTES, type Web, type WebLimits } from './web.js';

/** A page as a tool gives it. */
export type Page = {
  /** Where it was in the end. */
  url: string;
  type: string;
  title: string;
} & (
  | { kind: 'text'; text: string /** More of it was not read. */; isCut: boolean }
  | { kind: 'media'; bytes: Buffer; name: string }
);

export interface PageParts {
  web: Web;
  reader: PageReader;
}

/** `html`: the source, and of everything else the text. */
export type PageFormat = Format | 'html';

/**
 * @throws MaestroError `web.bad_address`, `web.moved`, `web.private`, `web.status`, `web.unreachable`, `web.unreadable`,
 *   `tool.too_large`
 */
export async function fetchPage(
  { web, reader }: PageParts,
  address: string,
  format: PageFormat,
  limits: WebLimits,
): Promise<Page> {
  const url = pageUrl(address);
  const answer = await web.get(url, limits);
  if ('movedTo' in answer) {
    throw new MaestroError(
      'web.moved',
      `${url.href} leads to another site, which was not asked: fetch ${answer.movedTo.href} if you want what is there.`,
    );
  }
  const { kind, type } = kindOf(answer.type, answer.bytes);
  const what = { url: answer.url.href, type, title: '' };
  if (kind === 'other') {
    throw new MaestroError('web.unreadable', `${what.url} is ${type}: neither text, nor a picture or PDF models take.`);
  }
  if (kind === 'media') return { ...what, kind, bytes: wholeOf(answer), name: nameOf(answer.url) };
  const { bytes, charset, isCut } = shortened(answer);
  const text = decodeText(bytes, charset, isCut);
  if (kind === 'text' || format === 'html') return { ...what, kind: 'text', text, isCut };
  const read = await reader.read({ html: text, url: what.url, format }, limits.signal);
  return { ...what, ...read, kind: 'text', isCut };
}

/** What called itself a picture may be a text of any length. */
function shortened({ bytes, charset, isCut }: Answer) {
  return { bytes: bytes.subarray(0, PAGE_BYTES), charset, isCut: isCut || bytes.length > PAGE_BYTES };
}

function wholeOf({ bytes, isCut, url }: Answer): Buffer {
  if (!isCut) return bytes;
  throw new MaestroError('tool.too_large', `${url.href} has more than the ${bytes.length} bytes that are read.`);
}

/** The last piece of its path; what a browser would save it as, nearly. */
function nameOf({ pathname, hostname }: URL): string {
  const last = pathname.split('/').findLast((piece) => piece !== '') ?? hostname;
  return last.replace(/[^\w.-]/g, '_').slice(0, 100);
}
