import type { IncomingMessage } from 'node:http';
import Koa, { type Context, type Next } from 'koa';
import websockify from 'koa-websocket';
import type { Logger } from '../log.js';
import { answerFor } from './errors.js';
import { type Identity, isApi, SOCKET_PROTOCOL } from './gate.js';
import { securityHeaders } from './headers.js';
import { closeGently } from './refuse.js';
import type { Routes } from './router.js';
import type { Pages } from './static.js';

const MAX_FRAME_BYTES = 1_048_576;

/** Who passed the gate, by the request that did. */
export type Passed = WeakMap<IncomingMessage, Identity | null>;

/** Koa for what the gate let through: health, the REST routes, the pages; and the sockets' server without a port. */
export function createApp(routes: Routes, pages: Pages, passed: Passed, log: Logger): websockify.App {
  const app = websockify(new Koa());
  app.silent = true;
  app.on('error', (cause) => log.warn('a response broke off', { cause }));
  app.use(async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      fail(ctx as unknown as Context, error, log);
    }
  });
  app.use(async (ctx: Context, next: Next) => {
    if (ctx.path === '/healthz') {
      ctx.body = { ok: true };
      return;
    }
    if (!isApi(ctx.path)) return pages.serve(ctx);
    ctx.state.identity = passed.get(ctx.req) ?? null;
    await next();
  });
  app.use(routes.router.routes() as never);
  app.ws.listen({
    noServer: true,
    maxPayload: MAX_FRAME_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(SOCKET_PROTOCOL) ? SOCKET_PROTOCOL : false),
  });
  app.ws.server!.on('headers', (lines) => {
    for (const [name, value] of Object.entries(securityHeaders)) lines.push(`${name}: ${value}`);
  });
  return app;
}

function fail(ctx: Context, error: unknown, log: Logger): void {
  const { status, headers, body } = answerFor(error, log, `${ctx.method} ${ctx.path}`);
  // The rest of a body that was refused while it was read is thrown away, not kept.
  if (!ctx.req.complete) closeGently(ctx.req, ctx.res);
  ctx.set(headers);
  ctx.status = status;
  ctx.body = body;
}
