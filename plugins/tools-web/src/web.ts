import { readFileSync } from 'node:fs';
import { MaestroError } from '@maestro/core';
import { type Agent, request } from 'undici';
import { type Body, PACKINGS, readBody } from './body.js';
import { openConnections } from './connections.js';
import { isSameSite, pageUrl } from './page-url.js';

/** Of a page, unpacked. */
export const PAGE_BYTES = 5 * 1024 * 1024;
/** Of a picture or document: what providers take. */
export const MEDIA_BYTES = 20 * 1024 * 1024;
/** How often one answer may lead on to another. */
const mostRedirects = 5;

export interface WebLimits {
  /** Of everything that belongs to one page. */
  seconds: number;
  signal: AbortSignal;
}

/** What a server said, as far as it is read. */
export interface Answer extends Body {
  /** The last one, where it led on. */
  url: URL;
  /** Without parameters, in lower case; empty where it says none. */
  type: string;
  charset: string | undefined;
}

/** It leads to another site: whether that may be fetched, whoever asked has to decide. */
export interface MovedAway {
  movedTo: URL;
}

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));

const headers = {
  'user-agent': `TheMaestro/${version} (fetches a page on behalf of a person)`,
  accept: 'text/markdown, text/html;q=0.9, application/xhtml+xml;q=0.9, */*;q=0.5',
  'accept-encoding': PACKINGS,
};

/** Reads pages of the public web, without cookies or credentials. */
export class Web {
  readonly #agent: Agent;

  /** @param allowed hosts that may be anywhere, see `openConnections` */
  constructor(allowed: ReadonlySet<string>) {
    this.#agent = openConnections(allowed);
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  /**
   * The answer at an address, following it within its site.
   * @throws MaestroError `web.private`, `web.status`, `web.unreachable`, `web.unreadable`
   */
  async get(url: URL, { seconds, signal }: WebLimits): Promise<Answer | MovedAway> {
    const limit = AbortSignal.timeout(seconds * 1_000);
    const either = AbortSignal.any([signal, limit]);
    try {
      return await this.#follow(url, either);
    } catch (cause) {
      signal.throwIfAborted();
      if (limit.aborted) throw unreachable(url, `did not answer completely within ${seconds} s`, cause);
      if (cause instanceof MaestroError) throw cause;
      throw unreachable(url, `cannot be read: ${reasonOf(cause)}`, cause);
    }
  }

  async #follow(first: URL, signal: AbortSignal): Promise<Answer | MovedAway> {
    let url = first;
    for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
      const response = await request(url, { dispatcher: this.#agent, method: 'GET', headers, signal });
      const { statusCode: status, body } = response;
      // What is let go of before it was read complains to whoever listens.
      body.on('error', () => undefined);
      const location = single(response.headers.location);
      if (status < 300 || status > 399 || !location) return await answerOf(url, response);
      body.destroy();
      const next = nextOf(location, url);
      if (!isSameSite(url, next)) return { movedTo: next };
      url = next;
    }
    throw unreachable(first, `leads on more than ${mostRedirects} times`);
  }
}

function nextOf(location: string, from: URL): URL {
  const next = URL.parse(location, from);
  if (!next) throw unreachable(from, 'leads to what is no address');
  return pageUrl(next.href);
}

async function answerOf(url: URL, response: Awaited<ReturnType<typeof request>>): Promise<Answer> {
  const { statusCode: status, statusText, headers, body } = response;
  if (status < 200 || status > 299) {
    body.destroy();
    throw new MaestroError('web.status', `${url.href} answered ${status} ${statusText.slice(0, 100)}`.trim());
  }
  const said = single(headers['content-type']) ?? '';
  const type = said.split(';')[0]!.trim().toLowerCase();
  const charset = /;\s*charset\s*=\s*"?([\w:.-]{1,40})/i.exec(said)?.[1];
  const most = /^image\/|\/pdf$|\/octet-stream$/.test(type) ? MEDIA_BYTES : PAGE_BYTES;
  return { url, type, charset, ...(await readBody(body, single(headers['content-encoding']) ?? '', most)) };
}

const single = (value: string | string[] | undefined): string | undefined =>
  Array.isArray(value) ? value.join(', ') : value;

/** Several addresses that failed are told by an error without words of its own. */
function reasonOf(cause: unknown): string {
  if (cause instanceof AggregateError) return reasonOf(cause.errors[0]);
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}

const unreachable = (url: URL, what: string, cause?: unknown) =>
  new MaestroError('web.unreachable', `${url.href} ${what}.`, { cause });
