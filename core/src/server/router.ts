import { type Layer, Router } from '@koa/router';
import type { Context } from 'koa';
import { MaestroError } from '../errors.js';
import { readBody } from './body.js';
import type { Identity, RouteRule } from './gate.js';
import { isApi, isSocket } from './gate.js';
import { untrustedHeaders } from './headers.js';
import { Bytes, type Route } from './route.js';

export const API_PREFIX = '/api/v1';

const open: RouteRule = { body: 'none', limitBytes: 0, isOpen: true };
/** Read only: what stands here has no handler that could change anything. */
const readOnly = { allow: ['GET', 'HEAD'] } as const;
const nothing = { allow: [] } as const;
const stranger: Identity = { id: '', name: 'nobody', kind: 'browser' };

/** The route table as Koa's router, and as the question the gate asks before it. */
export class Routes {
  readonly router = new Router({ prefix: API_PREFIX, sensitive: true, strict: true });
  readonly #byLayer = new Map<unknown, Route>();

  constructor(readonly table: readonly Route[]) {
    for (const route of table) {
      const layer = this.router.register(route.path, [route.method], (ctx) => handle(route, ctx as unknown as Context));
      this.#byLayer.set(layer, route);
    }
  }

  /** The rule for a request, or the methods that would be allowed. */
  find(method: string, path: string): RouteRule | { allow: readonly string[] } {
    if (isSocket(path)) return nothing;
    if (!isApi(path)) return method === 'GET' || method === 'HEAD' ? open : readOnly;
    const { path: layers, pathAndMethod } = this.router.match(path, method);
    const route = pathAndMethod.map((layer) => this.#byLayer.get(layer)).find((found) => found !== undefined);
    if (route) return route;
    return { allow: [...new Set(layers.flatMap((layer: Layer) => layer.methods))].sort() };
  }
}

async function handle(route: Route, ctx: Context): Promise<void> {
  const { params } = ctx as Context & { params: Record<string, string> };
  if (Object.values(params).some((value) => value.includes('\0'))) {
    throw new MaestroError('request.invalid', 'the path holds a NUL character');
  }
  const query = route.query({ ...ctx.query });
  const body = route.body === 'none' ? undefined : route.parse(await readBody(ctx.req, route.limitBytes));
  const identity = (ctx.state.identity as Identity | null) ?? stranger;
  const result = await route.handle({ params, query, body, identity, ctx });
  if (result instanceof Bytes) return giveBytes(ctx, result);
  ctx.status = result === undefined ? 204 : route.status;
  if (result !== undefined) ctx.body = result;
}

function giveBytes(ctx: Context, { bytes, filename, imageType }: Bytes): void {
  const plain = filename.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  const exact = encodeURIComponent(filename).replace(/['()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16)}`);
  const how = imageType === undefined ? 'attachment' : 'inline';
  ctx.set({
    ...untrustedHeaders,
    ...(imageType !== undefined && { 'content-type': imageType }),
    'content-disposition': `${how}; filename="${plain}"; filename*=UTF-8''${exact}`,
  });
  ctx.body = bytes;
}
