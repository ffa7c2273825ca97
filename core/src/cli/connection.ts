import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import { type Connect, MaestroRest, MaestroSocket, RestError, type SocketLike, socketUrl } from '../client/index.js';
import { type Home, homeOf } from '../config/home.js';
import { readServerInfo, readToken } from '../config/run-files.js';
import { MaestroError } from '../errors.js';
import type { Call } from './command.js';

type Where = Pick<Call, 'env'> & { flags: { home?: string; config?: string } };

/** A server to talk to, with the token of this machine. */
export interface Server {
  url: string;
  home: Home;
  rest: MaestroRest;
  /** Opens a socket; whoever asked closes it. */
  socket(): MaestroSocket;
}

/** The server of MAESTRO_URL, else the one `run/server.json` tells of, if it answers. */
export async function runningServer(call: Where): Promise<Server | undefined> {
  const home = homeOf(call.env, call.flags.home);
  const given = call.env.MAESTRO_URL;
  const url = given || readServerInfo(home)?.url;
  if (!url) return undefined;
  if (await isUp(url)) return serverAt(url, home, call.env);
  if (given) throw new MaestroError('server.absent', `no server answers at ${url}, which MAESTRO_URL names; start it`);
  return undefined;
}

/** @throws MaestroError `server.absent` */
export async function needServer(call: Where): Promise<Server> {
  const server = await runningServer(call);
  if (server) return server;
  const { root } = homeOf(call.env, call.flags.home);
  throw new MaestroError('server.absent', `no server runs for ${root}; start one with \`maestro start\``);
}

/** Does something with the running server, or with one of its own that lives as long as it takes. */
export async function withServer<T>(call: Where, act: (server: Server) => Promise<T>): Promise<T> {
  const running = await runningServer(call);
  if (running) return act(running);
  const { startMaestro } = await import('../main.js');
  const { home, config } = call.flags;
  const flags = { port: 0, ...(home !== undefined && { home }), ...(config !== undefined && { config }) };
  const maestro = await startMaestro({ env: call.env, flags });
  try {
    return await act(serverAt(maestro.url, maestro.home, call.env));
  } finally {
    await maestro.close();
  }
}

function serverAt(url: string, home: Home, env: NodeJS.ProcessEnv): Server {
  const token = () => tokenOf(home, env);
  const rest = new MaestroRest({ url, token });
  return { url, home, rest, socket: () => new MaestroSocket({ connect: byBearer(url, token) }) };
}

/** Read each time: a server that was set up anew has a new one. */
function tokenOf(home: Home, env: NodeJS.ProcessEnv): string | null {
  const file = env.MAESTRO_TOKEN_FILE;
  return file ? readFileSync(file, 'utf8').trim() : (readToken(home) ?? null);
}

/** A program's way in: the token in the Authorization header, which only a real client library can send. */
function byBearer(url: string, token: () => string | null): Connect {
  return () =>
    new Promise<SocketLike>((resolve, reject) => {
      const headers = { authorization: `Bearer ${token() ?? ''}` };
      const socket = new WebSocket(socketUrl(url, '/socket/tui'), { headers });
      socket.once('open', () => resolve(socket as unknown as SocketLike));
      socket.once('error', reject);
      socket.once('unexpected-response', (_request, { statusCode = 0 }) => {
        reject(new RestError(statusCode, 'socket.refused', `the socket was refused with ${statusCode}`));
        socket.terminate();
      });
    });
}

async function isUp(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(5_000) });
    return response.ok;
  } catch {
    // Whatever the reason, nobody there answers.
    return false;
  }
}
