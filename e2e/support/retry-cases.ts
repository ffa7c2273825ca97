import type { Fault } from '@maestro/provider-sim';
import type { Format } from './all-formats.js';

/** What goes wrong with one reply, and what must follow. */
export interface RetryCase {
  title: string;
  /** Met by one call after the other; the calls after them go well. */
  faults: Fault[] | ((provider: Format['provider']) => Fault[]);
  /** Calls in all. */
  calls: number;
  /** The error that ends the turn; without one it ends well. */
  error?: string;
  /** Bounds of the first wait, in milliseconds. */
  waits?: readonly [least: number, most: number];
}

const status = (status: number, more: Partial<Extract<Fault, { type: 'status' }>> = {}): Fault => ({
  type: 'status',
  status,
  ...more,
});
const page = '<html><body>Bad gateway</body></html>';
const asPage = { headers: { 'content-type': 'text/html' }, body: page };
const inAMinute = () => new Date(Date.now() + 90_000).toUTCString();

/** With full jitter: from one second up to a ceiling that doubles. */
const firstWait = [1_000, 2_000] as const;

const passing: readonly RetryCase[] = [
  { title: '429', faults: [status(429)], calls: 2, waits: firstWait },
  { title: '500', faults: [status(500)], calls: 2, waits: firstWait },
  { title: '502 with the page of a proxy', faults: [status(502, asPage)], calls: 2, waits: firstWait },
  { title: '503', faults: [status(503)], calls: 2, waits: firstWait },
  { title: '503 without a body', faults: [status(503, { body: '' })], calls: 2, waits: firstWait },
  { title: '504', faults: [status(504)], calls: 2, waits: firstWait },
  { title: '529', faults: [status(529)], calls: 2, waits: firstWait },
  { title: '408', faults: [status(408)], calls: 2, waits: firstWait },
  { title: 'a closed connection instead of an answer', faults: [{ type: 'reset' }], calls: 2, waits: firstWait },
  { title: 'a connection that breaks in the answer', faults: [{ type: 'cut', at: 150 }], calls: 2, waits: firstWait },
  { title: 'an end before the terminal event', faults: [{ type: 'eof', at: 150 }], calls: 2, waits: firstWait },
  { title: 'an answer without a byte', faults: [{ type: 'eof', at: 0 }], calls: 2, waits: firstWait },
  { title: 'an error as the first event', faults: [{ type: 'error_event', at: 0 }], calls: 2, waits: firstWait },
  { title: 'an error event after text', faults: [{ type: 'error_event', at: 2 }], calls: 2, waits: firstWait },
  {
    title: 'four failures of different kinds',
    faults: [status(429), { type: 'reset' }, status(503), { type: 'eof', at: 90 }],
    calls: 5,
    waits: firstWait,
  },
];

const named: readonly RetryCase[] = [
  { title: 'Retry-After: 7', faults: [status(429, { retry_after: '7' })], calls: 2, waits: [7_000, 7_000] },
  { title: 'Retry-After of a 503', faults: [status(503, { retry_after: '9' })], calls: 2, waits: [9_000, 9_000] },
  { title: 'Retry-After of a 529', faults: [status(529, { retry_after: '11' })], calls: 2, waits: [11_000, 11_000] },
  {
    title: 'Retry-After as a date',
    faults: () => [status(503, { retry_after: inAMinute() })],
    calls: 2,
    waits: [60_000, 91_000],
  },
  { title: 'Retry-After: 0', faults: [status(503, { retry_after: '0' })], calls: 2, waits: [1_000, 1_000] },
  {
    title: 'Retry-After that is no time',
    faults: [status(503, { retry_after: 'soon' })],
    calls: 2,
    waits: firstWait,
  },
  {
    title: 'Retry-After of five minutes',
    faults: [status(429, { retry_after: '300' })],
    calls: 2,
    waits: [300_000, 300_000],
  },
  {
    title: 'Retry-After of more than five minutes',
    faults: [status(429, { retry_after: '301' })],
    calls: 1,
    error: 'rate_limit',
  },
];

const lasting: readonly RetryCase[] = [
  { title: 'five times 500', faults: Array(5).fill(status(500)), calls: 5, error: 'unavailable', waits: firstWait },
  { title: 'five times 429', faults: Array(5).fill(status(429)), calls: 5, error: 'rate_limit', waits: firstWait },
  { title: 'five closed connections', faults: Array(5).fill({ type: 'reset' }), calls: 5, error: 'network' },
  { title: 'five cut answers', faults: Array(5).fill({ type: 'cut', at: 120 }), calls: 5, error: 'interrupted' },
];

const final: readonly RetryCase[] = [
  { title: '400', faults: [status(400)], calls: 1, error: 'bad_request' },
  { title: '401 to a key', faults: [status(401)], calls: 1, error: 'auth' },
  { title: '402', faults: [status(402)], calls: 1, error: 'quota' },
  { title: '403', faults: [status(403)], calls: 1, error: 'auth' },
  { title: '404', faults: [status(404)], calls: 1, error: 'not_found' },
  { title: '413', faults: [status(413)], calls: 1, error: 'too_long' },
  { title: '422', faults: [status(422)], calls: 1, error: 'bad_request' },
  { title: '400 that speaks of a server that broke', faults: broke, calls: 1, error: 'unavailable' },
  { title: '400 with Retry-After', faults: [status(400, { retry_after: '1' })], calls: 1, error: 'bad_request' },
  { title: '403 with the page of a proxy', faults: [status(403, asPage)], calls: 1, error: 'auth' },
  { title: 'a quota that is used up', faults: usedUp, calls: 1, error: 'quota' },
  { title: 'a quota that is used up, with Retry-After', faults: usedUpFor, calls: 1, error: 'quota' },
  { title: 'a page instead of events', faults: [status(200, asPage)], calls: 1, error: 'malformed' },
  { title: 'an answer without content', faults: [status(204, { body: '' })], calls: 1, error: 'malformed' },
  { title: 'an event that is not JSON', faults: [{ type: 'malformed', at: 1 }], calls: 1, error: 'malformed' },
];

const harmless: readonly RetryCase[] = [
  { title: 'a slow head', faults: [{ type: 'slow_head', ms: 100 }], calls: 1 },
  { title: 'bytes that are no UTF-8', faults: [{ type: 'bad_utf8', at: 1 }], calls: 1 },
];

export const retryCases: readonly RetryCase[] = [...passing, ...named, ...lasting, ...final, ...harmless];

/** As each provider says that waiting does not help. */
function usedUp(provider: Format['provider'], retry_after?: string): Fault[] {
  const wait = retry_after === undefined ? {} : { retry_after };
  if (provider === 'openai') return [status(429, { error_type: 'insufficient_quota', ...wait })];
  if (provider === 'gemini') return [status(429, { error_type: 'DAILY_QUOTA', ...wait })];
  return [status(429, { headers: { 'x-should-retry': 'false' }, ...wait })];
}

/** The words of a 500. */
function broke(provider: Format['provider']): Fault[] {
  const types = { anthropic: 'api_error', openai: 'server_error', gemini: 'INTERNAL' };
  return [status(400, { error_type: types[provider], message: 'Internal server error' })];
}

function usedUpFor(provider: Format['provider']): Fault[] {
  return usedUp(provider, '2');
}
