import type { MaestroRest } from './rest.js';

/** What we need of a WebSocket; the browser's, Node's and that of the package `ws` all have it. */
export interface SocketLike {
  readonly readyState: number;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  send(text: string): void;
  close(code?: number, reason?: string): void;
}

/** Makes one new connection. May throw RestError; status 401 or 403 ends all attempts. */
export type Connect = () => SocketLike | Promise<SocketLike>;

type SocketConstructor = new (url: string, protocols?: string[]) => SocketLike;

/** A browser's way in: a fresh one-time ticket for each connection, as a subprotocol. */
export function byTicket(rest: MaestroRest, Socket?: SocketConstructor): Connect {
  return async () => {
    const { ticket } = await rest.socketTicket();
    const Constructor = Socket ?? (globalThis.WebSocket as unknown as SocketConstructor);
    return new Constructor(socketUrl(rest.url, '/socket'), ['maestro.v1', `ticket.${ticket}`]);
  };
}

/** `http://host/` and `/socket` give `ws://host/socket`. */
export function socketUrl(url: string, path: string): string {
  return `${url.replace(/^http/, 'ws').replace(/\/+$/, '')}${path}`;
}
