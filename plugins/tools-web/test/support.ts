import { randomBytes } from 'node:crypto';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ContentPart, type Logger, Processes, type ToolOutput } from '@maestro/core';
import { toolCall } from '@maestro/core/testing';
import { directWebFetch } from '../src/direct-web-fetch.js';
import { PageReader } from '../src/page-reader.js';
import { Web } from '../src/web.js';
import { webFetch } from '../src/web-fetch.js';

const nothing = () => undefined;
const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing, child: () => silent };

export const openProcesses = () =>
  new Processes({ log: silent, owner: `test.${process.pid}.${randomBytes(4).toString('hex')}` });

/** A server on this machine that is allowed as `localhost`, the tools that read it, and how often it was asked. */
export async function openSite(answer: RequestListener, { readMs = 30_000, seconds = 20 } = {}) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.headers.host}${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const web = new Web(new Set([`localhost:${port}`]));
  const processes = openProcesses();
  const reader = new PageReader(() => processes, readMs);
  const parts = { web, reader, seconds };
  const direct = directWebFetch(parts);
  return {
    ...{ port, asked, web, reader, direct, ask: webFetch(parts), url: `http://localhost:${port}` },
    fetch: (path: string, more: Partial<Parameters<typeof direct.run>[0]> = {}, call = toolCall()) =>
      direct.run({ url: `http://localhost:${port}${path}`, format: 'markdown', ...more }, call),
    async close() {
      await web.close();
      await processes.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export type Site = Awaited<ReturnType<typeof openSite>>;

const isText = (part: ContentPart) => part.type === 'text';

export const wordsOf = ({ content }: Pick<ToolOutput, 'content'>): string =>
  content.flatMap((part) => (isText(part) ? [part.text] : [])).join('\n');

/** The code and words of what it is refused with. */
export async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    (value) => new Error(`nothing was refused: ${JSON.stringify(value).slice(0, 500)}`),
    (cause: unknown) => cause as Error & { code?: string },
  );
  return `${'code' in error ? error.code : ''} ${error.message}`;
}

/** A page with matter and things around it. */
export const articlePage = (words: string) => `<!doctype html><html><head><title>On &amp; on</title></head><body>
<nav><a href="/menu">Menu of the site</a></nav>
<article><h1>Heading</h1>${`<p>${'A long sentence, with commas, that says what the page is about. '.repeat(5)}</p>`.repeat(4)}
<p>${words}</p></article><footer>All rights</footer></body></html>`;
