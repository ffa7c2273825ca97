import { createHash, randomBytes } from 'node:crypto';
import { readFile, realpath, stat } from 'node:fs/promises';
import { extname, join, sep } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, gzip, constants as zlib } from 'node:zlib';
import type { Context } from 'koa';
import { MaestroError } from '../errors.js';
import { contentPolicy } from './headers.js';

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
};
const compressible = /^(?:text\/|application\/(?:json|manifest)|image\/svg)/;
const COMPRESS_FROM_BYTES = 1_024;
const FOREVER = 'public, max-age=31536000, immutable';

const brotli = promisify(brotliCompress);
const gzipped = promisify(gzip);
const encoders: Readonly<Record<string, (bytes: Buffer) => Promise<Buffer>>> = {
  br: (bytes) => brotli(bytes, { params: { [zlib.BROTLI_PARAM_QUALITY]: 6 } }),
  gzip: (bytes) => gzipped(bytes),
};

interface PageFile {
  bytes: Buffer;
  etag: string;
  encoded: Map<string, Promise<Buffer>>;
}

/** The built pages. Nothing outside their folder can be named, and every other path of a page gives the application. */
export class Pages {
  readonly #cache = new Map<string, { key: string; file: PageFile }>();

  constructor(private readonly folder: string | null) {}

  async serve(ctx: Context): Promise<void> {
    const path = safePath(ctx.path);
    if (path === undefined) throw notFound();
    const isRoute = extname(path) === '';
    if (isRoute || path === '/index.html') return this.#serveApplication(ctx);
    const file = path.endsWith('.map') ? undefined : await this.#read(path);
    if (!file) throw notFound();
    const isHashed = path.startsWith('/assets/');
    ctx.set({ etag: file.etag, 'cache-control': isHashed ? FOREVER : 'no-cache', vary: 'Accept-Encoding' });
    ctx.type = types[extname(path)] ?? 'application/octet-stream';
    ctx.status = 200;
    if (ctx.fresh) {
      ctx.status = 304;
      return;
    }
    await this.#send(ctx, file);
  }

  /** The page carries a nonce of its own each time, so it is never cached. */
  async #serveApplication(ctx: Context): Promise<void> {
    const file = await this.#read('/index.html');
    if (!file) {
      throw new MaestroError(
        'pages.missing',
        'the pages are not built here; run `npm start` in the repository, or use the terminal',
      );
    }
    const nonce = randomBytes(16).toString('base64');
    const html = withNonce(file.bytes.toString(), nonce);
    // The Host passed the gate, so it is one of our own names.
    const socketOrigin = `ws://${ctx.host}`;
    ctx.set({ 'content-security-policy': contentPolicy({ nonce, socketOrigin }), 'cache-control': 'no-store' });
    ctx.type = types['.html']!;
    ctx.body = html;
  }

  async #send(ctx: Context, file: PageFile): Promise<void> {
    const encoding =
      file.bytes.length >= COMPRESS_FROM_BYTES && compressible.test(ctx.type) ? encodingFor(ctx) : undefined;
    if (!encoding) {
      ctx.body = file.bytes;
      return;
    }
    const bytes = file.encoded.get(encoding) ?? encoders[encoding]!(file.bytes);
    file.encoded.set(encoding, bytes);
    const type = ctx.response.get('content-type');
    ctx.body = await bytes;
    ctx.set({ 'content-encoding': encoding, 'content-type': type });
  }

  /** A file below the folder, links that lead out of it excepted. Read again only when it changed. */
  async #read(path: string): Promise<PageFile | undefined> {
    if (this.folder === null) return undefined;
    try {
      const root = await realpath(this.folder);
      const real = await realpath(join(root, path));
      if (!real.startsWith(root + sep)) return undefined;
      const { mtimeMs, size, ino } = await stat(real);
      const key = `${ino} ${mtimeMs} ${size}`;
      const cached = this.#cache.get(path);
      if (cached?.key === key) return cached.file;
      const bytes = await readFile(real);
      const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
      const file = { bytes, etag, encoded: new Map() };
      this.#cache.set(path, { key, file });
      return file;
    } catch (cause) {
      if (['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP'].includes((cause as NodeJS.ErrnoException).code ?? ''))
        return undefined;
      throw cause;
    }
  }
}

/** Plain segments only: no escapes, no empty or hidden ones. Everything we serve is named like that. */
function safePath(path: string): string | undefined {
  return /^(?:\/|(?:\/[A-Za-z0-9_~@-][A-Za-z0-9_.~@-]*)+)$/.test(path) ? path : undefined;
}

function encodingFor(ctx: Context): string | undefined {
  const found = ctx.acceptsEncodings('br', 'gzip', 'identity');
  return found === 'br' || found === 'gzip' ? found : undefined;
}

function withNonce(html: string, nonce: string): string {
  return html.replace(/<head(?:\s[^>]*)?>/, (head) => `${head}\n    <meta name="csp-nonce" content="${nonce}">`);
}

function notFound(): MaestroError {
  return new MaestroError('gate.not_found', 'there is nothing at this path');
}
