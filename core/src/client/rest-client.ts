import { RestError, restErrorOf } from './rest-error.js';

export interface RestOptions {
  /** Such as `http://127.0.0.1:4777`; in a browser `location.origin`. */
  url: string;
  /** Asked for each request; null sends none. */
  token: () => string | null | Promise<string | null>;
  fetch?: typeof fetch;
}

export type Query = Readonly<Record<string, string | number | boolean | null | undefined>>;

export interface RequestOptions {
  body?: unknown;
  /** Instead of a body of JSON. */
  bytes?: Uint8Array<ArrayBuffer>;
  query?: Query;
  signal?: AbortSignal;
}

/** JSON requests to `/api/v1` with the token in the Authorization header, and nowhere else. */
export class RestClient {
  readonly url: string;
  readonly #token: RestOptions['token'];
  readonly #fetch: typeof fetch;

  constructor({ url, token, fetch: given }: RestOptions) {
    this.url = url.replace(/\/+$/, '');
    this.#token = token;
    // Browsers refuse a fetch that is called as a method of something else.
    this.#fetch = given ?? ((input, init) => globalThis.fetch(input, init));
  }

  /** The answer's JSON, or undefined where it has no body. */
  async json<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const response = await this.request(method, path, options);
    const body = await response.text();
    return (body === '' ? undefined : JSON.parse(body)) as T;
  }

  /** The answer's bytes as they are. */
  async bytes(path: string, signal?: AbortSignal): Promise<Uint8Array> {
    const response = await this.request('GET', path, signal ? { signal } : {});
    return new Uint8Array(await response.arrayBuffer());
  }

  async request(method: string, path: string, { body, bytes, query, signal }: RequestOptions): Promise<Response> {
    const url = `${this.url}/api/v1${path}${queryOf(query)}`;
    const token = await this.#token();
    const headers: Record<string, string> = { accept: 'application/json' };
    if (token !== null) headers.authorization = `Bearer ${token}`;
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (bytes) headers['content-type'] = 'application/octet-stream';
    const init: RequestInit = { method, headers };
    if (body !== undefined) init.body = JSON.stringify(body);
    if (bytes) init.body = bytes;
    if (signal) init.signal = signal;
    const response = await this.#fetch(url, init).catch((cause: unknown) => {
      throw signal?.aborted ? cause : unreachable(this.url, cause);
    });
    if (!response.ok) throw await restErrorOf(response, `${method} ${path}`);
    return response;
  }
}

function unreachable(url: string, cause: unknown): RestError {
  const message = `no answer from ${url}; is the server running? \`maestro start\` starts it`;
  return new RestError(0, 'server.unreachable', message, null, { cause });
}

function queryOf(query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');
  if (pairs.length === 0) return '';
  return `?${new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, String(value)]))}`;
}
