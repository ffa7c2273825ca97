import type { Expected, FrameCapture, RequestCapture } from './capture.js';
import { formOf } from './capture.js';
import { type Difference, differentOrder, differentPairs, differentText } from './difference.js';
import type { Recording } from './recording.js';

/** Where a request was recorded, and where it would have gone. */
export interface Places {
  recorder: string;
  origin: string;
}

const OF_THIS_MACHINE = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

/** Everything in which a recorded request is not as captured. Empty: it is. */
export function compareCapture(capture: RequestCapture, recording: Recording, places: Places): Difference[] {
  return [
    ...differentOrigin(capture, places),
    ...differentText('method', capture.method, recording.method),
    ...differentText('path', capture.path, recording.path),
    ...differentText('protocol', capture.httpVersion ?? 'HTTP/1.1', recording.httpVersion),
    ...differentPairs('headers', capture.headers, sent(recording, places), ': '),
    ...differentFraming(capture, recording),
    ...differentBody(capture, recording),
  ];
}

/** A frame has no head; the order of its keys is all that is compared. */
export function compareFrame({ top_level_key_order }: FrameCapture, text: string): Difference[] {
  return differentOrder('order of the keys in the frame', top_level_key_order, keysOf(text));
}

/** A capture made against a server on the same machine tells nothing of the real address. */
function differentOrigin({ scheme_host }: RequestCapture, { origin }: Places): Difference[] {
  return OF_THIS_MACHINE.test(scheme_host) ? [] : differentText('address', scheme_host, origin);
}

/** As it would have been sent: the recorder stands in for the real host. */
function sent({ headers }: Recording, { recorder, origin }: Places): Recording['headers'] {
  const { host } = new URL(origin);
  return headers.map(([name, value]) =>
    name.toLowerCase() === 'host' && value === recorder ? [name, host] : [name, value],
  );
}

function differentFraming(capture: RequestCapture, { headers, body }: Recording): Difference[] {
  const has = (wanted: string) => headers.some(([name]) => name.toLowerCase() === wanted);
  const framing = has('transfer-encoding') ? 'chunked' : has('content-length') ? 'content-length' : 'none';
  const isEmpty = capture.body_encoding === undefined;
  return [
    ...differentText('framing of the body', capture.body_framing, framing),
    ...(isEmpty && body.length > 0 ? differentText('body', '(none)', `${body.length} bytes`) : []),
  ];
}

function differentBody(capture: RequestCapture, { body }: Recording): Difference[] {
  if (capture.body_encoding === 'json') {
    const what = "order of the body's keys";
    if (!capture.top_level_key_order)
      return keysOf(body.toString()).length > 0 ? [] : [{ what, diff: ['- an object'] }];
    return differentOrder(what, capture.top_level_key_order, keysOf(body.toString()));
  }
  if (capture.body_encoding !== 'form') return [];
  const expected: readonly (readonly [Expected, Expected])[] = formOf(capture);
  return differentPairs('parameters of the form', expected, [...new URLSearchParams(body.toString())], '=');
}

/** Top-level keys as they stand in the text. Numbers as names would change places: none of the formats has any. */
function keysOf(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? Object.keys(value) : ['(no object)'];
  } catch {
    return ['(no JSON)'];
  }
}
