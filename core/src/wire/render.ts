import { createHash } from 'node:crypto';
import { ProviderError } from '../errors.js';
import { Secret } from '../secret.js';
import type { Header, PreparedRequest } from './exchange.js';
import type { WireProfile } from './profile.js';

/**
 * A request as it goes out. `headers` is what stands on the wire, in order and casing; it holds secrets and
 * therefore neither prints nor serialises. `redactedHeaders` is the same list for rows, logs and screens.
 */
export class RenderedRequest {
  readonly #headers: readonly Header[];
  constructor(
    readonly method: 'GET' | 'POST',
    readonly url: string,
    headers: readonly Header[],
    readonly redactedHeaders: readonly Header[],
    readonly body: Buffer,
  ) {
    this.#headers = headers;
  }

  get headers(): readonly Header[] {
    return this.#headers;
  }
}

type Slots = PreparedRequest['slots'];

const DEFAULT_TYPES = { json: 'application/json', form: 'application/x-www-form-urlencoded' } as const;

/**
 * Fills a profile. A list with a `host` is the whole head; around any other stand `host` and `connection`, then
 * `content-type` and `content-length`.
 *
 * @throws ProviderError `bad_request` for a value no header can carry, an origin that is none, a secret in the path;
 *   it names the slot and never the value. Nothing has been opened by then.
 */
export function renderRequest(prepared: PreparedRequest): RenderedRequest {
  const { profile, body } = prepared;
  const url = new URL(originOf(prepared.origin).origin + fillPath(profile.path, prepared.slots));
  const isPost = profile.method === 'POST';
  const slots: Slots = { ...prepared.slots, host: url.host, content_length: isPost ? String(body.length) : undefined };
  const headers: Header[] = [];
  const redacted: Header[] = [];
  for (const [name, template] of wholeHead(profile)) {
    if (slotsIn(template).some((slot) => slots[slot] === undefined)) continue;
    headers.push([name, fill(template, slots, clear)]);
    redacted.push([name, fill(template, slots, redact)]);
  }
  return new RenderedRequest(profile.method, url.href, headers, redacted, body);
}

/** Every header of a profile at its place, also those that the renderer adds. */
export function wholeHead(profile: WireProfile): WireProfile['headers'] {
  const lists = (wanted: string) => profile.headers.some(([name]) => name.toLowerCase() === wanted);
  if (lists('host')) {
    if (profile.method === 'GET' || lists('content-length')) return profile.headers;
    throw new Error(`the wire profile ${profile.id} lists a whole head, and no content-length`);
  }
  const before = [['host', '{host}'] as const, ['connection', 'keep-alive'] as const];
  if (profile.method === 'GET') return [...before, ...profile.headers];
  const type = ['content-type', DEFAULT_TYPES[profile.body?.encoding ?? 'json']] as const;
  const after = ['content-length', '{content_length}'] as const;
  return [...before, ...profile.headers, ...(lists('content-type') ? [] : [type]), after];
}

/** How a secret shows: its kind, and four digits that tell two of them apart. */
export function redacted(kind: string, secret: Secret): string {
  const digest = secret.use((value) => createHash('sha256').update(value).digest('hex'));
  return `<redacted:${kind}:${digest.slice(-4)}>`;
}

const SLOT = /\{(\w+)\}/g;

const slotsIn = (template: string): string[] => [...template.matchAll(SLOT)].map((match) => match[1]!);

function fill(template: string, slots: Slots, show: (slot: string, value: string | Secret) => string): string {
  return template.replace(SLOT, (_, slot: string) => show(slot, slots[slot]!));
}

const redact = (slot: string, value: string | Secret) => (value instanceof Secret ? redacted(slot, value) : value);

function clear(slot: string, value: string | Secret): string {
  const plain = value instanceof Secret ? value.use((secret) => secret) : value;
  const fault = faultOf(plain);
  if (!fault) return plain;
  throw new ProviderError(
    'bad_request',
    `the value for "${slot}" holds ${fault}, which no header can carry; set it anew`,
  );
}

/** What a header value may hold after RFC 9110: tab, printable ASCII, and Latin-1 above it. */
function faultOf(value: string): string | undefined {
  if (/[\r\n]/.test(value)) return 'a line break';
  if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) return 'a control character or a letter outside Latin-1';
  return undefined;
}

function fillPath(template: string, slots: Slots): string {
  return template.replace(SLOT, (_, slot: string) => {
    const value = slots[slot];
    if (typeof value === 'string') return encodeURIComponent(value);
    const fault = value ? 'is a secret, and addresses are logged' : 'has no value';
    throw new ProviderError('bad_request', `"${slot}" in the path ${template} ${fault}; send it in a header`);
  });
}

function originOf(origin: string): URL {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.origin === origin) return url;
  throw new ProviderError('bad_request', `"${origin}" is no origin; set a base URL such as https://api.example.com`);
}
