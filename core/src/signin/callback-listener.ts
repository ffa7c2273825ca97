import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MaestroError } from '../errors.js';
import type { OAuthWay } from '../oauth/oauth.js';
import { answerPage, answerPlain } from './callback-page.js';

export type Redirect = Extract<OAuthWay, { way: 'browser' }>['redirect'];

/** What the provider sent the person back with; `issuer` where it names itself (RFC 9207). */
export type CallbackAnswer = { code: string; issuer?: string } | { error: string; description: string | null };

interface ListenerOptions {
  redirect: Redirect;
  /** Whether this is the state of the pending flow. */
  isState(given: string): boolean;
  /** Called once, with the first answer that has the right state. */
  onAnswer(answer: CallbackAnswer): void;
}

const longest = 4_096;
const lastWordsMs = 1_000;

/**
 * Waits on a port of its own for the answer to one pending flow, on loopback addresses alone. Whatever is not that very
 * answer - another path, host, method or state - gets a plain refusal and changes nothing. It closes after the answer.
 */
export class CallbackListener {
  #isAnswered = false;

  private constructor(
    private readonly servers: readonly Server[],
    private readonly options: ListenerOptions,
    readonly port: number,
  ) {
    for (const server of servers) {
      server.removeAllListeners('request');
      server.on('request', (request, response) => this.#serve(request, response));
    }
  }

  /** @throws MaestroError `sign_in.port` when every port is taken */
  static async open(options: ListenerOptions): Promise<CallbackListener> {
    const { host, ports } = options.redirect;
    for (const port of ports === 'any' ? [0] : ports) {
      const servers = await listenOn(host, port);
      if (servers) return new CallbackListener(servers, options, (servers[0]!.address() as AddressInfo).port);
    }
    const message = `${wordsFor(ports)} be listened on, so the browser's answer cannot come in; free one, or sign in with a pasted code`;
    throw new MaestroError('sign_in.port', message);
  }

  get redirectUri(): string {
    const { host, path } = this.options.redirect;
    return `http://${host}:${this.port}${path}`;
  }

  close(): void {
    for (const server of this.servers) {
      server.close();
      // The page that is on its way may arrive.
      setTimeout(() => server.closeAllConnections(), lastWordsMs).unref();
    }
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const answer = this.#judge(request);
    if ('status' in answer) {
      answerPlain(response, answer.status, answer.text);
      return;
    }
    this.#isAnswered = true;
    answerPage(response, 'code' in answer ? 'received' : 'refused');
    this.close();
    this.options.onAnswer(answer);
  }

  #judge(request: IncomingMessage): CallbackAnswer | { status: 400 | 404 | 405; text: string } {
    if (!this.#hosts().includes(request.headers.host ?? '')) return { status: 400, text: 'Wrong host.' };
    const target = request.url!;
    // Put together rather than resolved: `//elsewhere/path` is no path of ours.
    const url = target.startsWith('/') ? URL.parse(`http://${this.options.redirect.host}:${this.port}${target}`) : null;
    if (url?.pathname !== this.options.redirect.path) return { status: 404, text: 'There is nothing here.' };
    if (request.method !== 'GET') return { status: 405, text: 'GET only.' };
    const answer = this.#isAnswered ? null : this.#answerIn(url.searchParams);
    return answer ?? { status: 400, text: 'This is not the answer to a sign-in that is on its way.' };
  }

  #answerIn(query: URLSearchParams): CallbackAnswer | null {
    const one = (name: string) => (query.getAll(name).length === 1 ? query.get(name)! : null);
    const [state, code, error, issuer] = [one('state'), one('code'), one('error'), one('iss')];
    if (state === null || !this.options.isState(state)) return null;
    if (error !== null) return { error, description: one('error_description') };
    if (code === null || code === '' || code.length > longest) return null;
    return { code, ...(issuer !== null && { issuer }) };
  }

  #hosts(): string[] {
    const names = this.options.redirect.host === 'localhost' ? ['localhost', '127.0.0.1', '[::1]'] : ['127.0.0.1'];
    return names.map((name) => `${name}:${this.port}`);
  }
}

function wordsFor(ports: Redirect['ports']): string {
  if (ports === 'any') return 'no port of this machine can';
  if (ports.length === 1) return `port ${ports[0]} of this machine cannot`;
  return `none of the ports ${ports[0]} to ${ports[ports.length - 1]} of this machine can`;
}

/** Both addresses of `localhost`, for browsers try either first; undefined when the port is taken. */
async function listenOn(host: Redirect['host'], port: number): Promise<Server[] | undefined> {
  const first = await listen('127.0.0.1', port);
  if (first instanceof Error) return undefined;
  if (host === '127.0.0.1') return [first];
  const second = await listen('::1', (first.address() as AddressInfo).port);
  if (!(second instanceof Error)) return [first, second];
  // A machine without IPv6 has nothing that could take the answer there.
  if (second.code === 'EADDRNOTAVAIL' || second.code === 'EAFNOSUPPORT') return [first];
  first.close();
  return undefined;
}

async function listen(address: string, port: number): Promise<Server | NodeJS.ErrnoException> {
  const server = createServer({ maxHeaderSize: 16 * 1024, requestTimeout: 10_000, headersTimeout: 10_000 });
  server.on('request', (_request, response) => answerPlain(response, 404, 'There is nothing here.'));
  server.unref();
  try {
    await once(server.listen({ host: address, port, exclusive: true }), 'listening');
    return server;
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}
