import { ProviderError, type ProviderErrorKind } from '../errors.js';

/** How far an exchange had come when it broke: before a head the request may be unanswered, after it the answer is cut. */
export type Phase = 'head' | 'body';

interface Failed {
  kind: ProviderErrorKind;
  what: string;
}

const CODES: Readonly<Record<string, Failed>> = {
  UND_ERR_CONNECT_TIMEOUT: { kind: 'network', what: 'did not accept a connection in time' },
  UND_ERR_BODY_TIMEOUT: { kind: 'timeout', what: 'fell silent in the middle of an answer' },
  UND_ERR_HEADERS_OVERFLOW: { kind: 'malformed', what: 'sent a head larger than we accept' },
  HPE_HEADER_OVERFLOW: { kind: 'malformed', what: 'sent a head larger than we accept' },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { kind: 'interrupted', what: 'ended its answer early' },
  ENOTFOUND: { kind: 'network', what: 'has no address; check the name and the network' },
  EAI_AGAIN: { kind: 'network', what: 'could not be looked up; check the network' },
  ECONNREFUSED: { kind: 'network', what: 'refuses connections; check address and port' },
  Z_BUF_ERROR: { kind: 'interrupted', what: 'ended its compressed answer early' },
};

/** Turns whatever a socket, TLS, the HTTP parser or zlib threw into a ProviderError. One that is already one stays. */
export function networkFailure(cause: unknown, origin: string, phase: Phase): ProviderError {
  if (cause instanceof ProviderError) return cause;
  const code = codeOf(cause);
  const { kind, what } = CODES[code] ?? byPrefix(code, phase);
  return new ProviderError(kind, `${origin} ${what}`, { cause });
}

function byPrefix(code: string, phase: Phase): Failed {
  if (code.startsWith('HPE_')) return { kind: 'malformed', what: 'answered with something that is not HTTP' };
  if (code.startsWith('Z_') || code.startsWith('ERR__') || code.startsWith('ZSTD_'))
    return { kind: 'malformed', what: 'sent an answer that does not decompress' };
  if (/CERT|ERR_TLS|SELF_SIGNED|UNABLE_TO_/.test(code))
    return { kind: 'network', what: `has a certificate that does not check out (${code})` };
  if (phase === 'body') return { kind: 'interrupted', what: 'closed the connection in the middle of an answer' };
  return { kind: 'network', what: `could not be reached (${code || 'connection closed'})` };
}

function codeOf(cause: unknown): string {
  if (cause instanceof AggregateError && cause.errors.length > 0) return codeOf(cause.errors[0]);
  if (!(cause instanceof Error)) return '';
  // The parser of the client library knows a code only for some faults, but always its own name.
  if (cause.name === 'HTTPParserError') return 'HPE_INVALID';
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : '';
}
