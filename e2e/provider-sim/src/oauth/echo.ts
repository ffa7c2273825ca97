import { Refusal, type SimRequest } from '../wire-format.js';

/** A server that refuses whatever it is asked and repeats it in its complaint, as some proxies and debug builds do. */
export interface Echo {
  /** Of the requests it meets. */
  path: string;
  /** 400 says that the grant is refused, 500 that the server is broken. */
  status: 400 | 500;
  /** The values alone, one after the other, or the body as it came. */
  as: 'values' | 'body';
  /** So many letters stand in front: whoever shortens the complaint cuts in the middle of what it repeats. */
  after: number;
}

export function echoOf({ body }: SimRequest, { status, as, after }: Echo): Refusal {
  const text = body.toString();
  const words = as === 'body' ? text : valuesIn(text).join(' ');
  return new Refusal(status, status === 400 ? 'invalid_grant' : 'server_error', `${'x'.repeat(after)} ${words}`);
}

/** The longest first: those are the secrets, and a complaint is short. */
function valuesIn(text: string): string[] {
  const values = text.startsWith('{') ? Object.values(JSON.parse(text) as object) : new URLSearchParams(text).values();
  return [...values].map(String).sort((one, other) => other.length - one.length);
}
