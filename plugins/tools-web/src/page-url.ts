import { MaestroError } from '@maestro/core';

/** Longer ones are refused by most servers, and no page needs them. */
const mostCharacters = 8_192;

/**
 * An address as it is fetched: http or https, without a fragment.
 * @throws MaestroError `web.bad_address`
 */
export function pageUrl(text: string): URL {
  const url = URL.parse(text.trim());
  if (!url || text.length > mostCharacters) throw badAddress(brief(text), 'is not the address of a page');
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw badAddress(brief(text), `has the scheme ${url.protocol} and only http and https are fetched`);
  }
  // Never repeated: it is a secret.
  if (url.username || url.password) throw badAddress(url.host, 'comes with a name or password, which is not sent');
  url.hash = '';
  return url;
}

/** What rules of a person are compared with: every way to write one address is the same. */
export function subjectOf(text: string): string {
  try {
    return pageUrl(text).href;
  } catch {
    // The tool says why when it runs.
    return text;
  }
}

/** Addresses in a text, each once, in its order. Punctuation that ends a sentence or closes a bracket is not theirs. */
export function urlsIn(text: string): string[] {
  const found = text.match(/\bhttps?:\/\/[^\s<>"`{}|\\^。，、；：！？「」『』（）【】《》“”’…]+/gi) ?? [];
  return [...new Set(found.map(withoutPunctuation).filter((each) => URL.canParse(each)))];
}

function withoutPunctuation(url: string): string {
  let end = url.length;
  for (let last = url[end - 1]; last !== undefined; last = url[end - 1]) {
    const isClosing = last === ')' || last === ']';
    if (isClosing && isOpened(url.slice(0, end), last)) break;
    if (!isClosing && !`.,;:!?*_'`.includes(last)) break;
    end -= 1;
  }
  return url.slice(0, end);
}

function isOpened(url: string, closing: string): boolean {
  const opening = closing === ')' ? '(' : '[';
  return url.split(opening).length >= url.split(closing).length;
}

/** The same place for a person: `www.` and the scheme say nothing of whose it is. A way back to http does. */
export function isSameSite(from: URL, to: URL): boolean {
  if (from.protocol === 'https:' && to.protocol === 'http:') return false;
  return siteOf(from) === siteOf(to);
}

const siteOf = ({ hostname, port }: URL) => `${hostname.replace(/^www\./, '')}:${port}`;

const brief = (text: string) => `"${text.length > 200 ? `${text.slice(0, 200)}...` : text}"`;

const badAddress = (what: string, why: string) => new MaestroError('web.bad_address', `${what} ${why}.`);
