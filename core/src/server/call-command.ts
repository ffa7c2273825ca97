import { isUtf8 } from 'node:buffer';
import type { CallCommand, CallResource } from '../protocol/resources.js';

/** A longer body would not fit a command line, nor a clipboard well. */
const INLINE_BYTES = 65_536;
const REDACTED = /<redacted:(\w+):\w*>/g;
/** curl sends these by itself, so one that was not sent has to be taken away. */
const OWN = ['User-Agent', 'Accept', 'Content-Type'];
/** curl makes these of the address, the connection and the body. */
const MADE = /^(host|connection|content-length)$/i;
/** What would do something to the terminal it is pasted into. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const UNPASTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/;

/** The request as curl would send it: same address, headers and body, though in curl's own order of headers. */
export function callCommand(
  call: Pick<CallResource, 'id' | 'method' | 'url' | 'request_headers'>,
  body: Buffer,
): CallCommand {
  const variables = new Set<string>();
  const headers = call.request_headers.filter(([name]) => !MADE.test(name));
  const sent = new Set(headers.map(([name]) => name.toLowerCase()));
  const has = body.length > 0;
  const body_file = has && !isPastable(body) ? `call-${call.id}-request.bin` : null;
  const lines = [
    `curl --http1.1 --no-buffer --request ${call.method} ${quoted(call.url)}`,
    ...(sent.has('accept-encoding') ? ['--compressed'] : []),
    ...OWN.filter((name) => !sent.has(name.toLowerCase()) && (has || name !== 'Content-Type')).map(
      (name) => `--header ${quoted(`${name}:`)}`,
    ),
    // Before a long body curl asks for leave.
    ...(body.length > 1_000_000 ? [`--header ${quoted('Expect:')}`] : []),
    ...headers.map(([name, value]) => `--header ${headerArgument(name, value, variables)}`),
    ...(has ? [`--data-binary ${body_file === null ? quoted(body.toString()) : quoted(`@${body_file}`)}`] : []),
  ];
  return { command: lines.join(' \\\n  '), variables: [...variables], body_file };
}

/** A line that begins with `@` would name a file. */
function isPastable(body: Buffer): boolean {
  if (body.length > INLINE_BYTES || body[0] === 0x40 || !isUtf8(body)) return false;
  return !UNPASTABLE.test(body.toString());
}

/** With each secret as a variable outside the quotes that hold everything else. */
function headerArgument(name: string, value: string, variables: Set<string>): string {
  if (value === '') return quoted(`${name};`);
  const pieces = `${name}: ${value}`.split(REDACTED);
  return pieces
    .map((piece, index) => {
      if (index % 2 === 0) return piece === '' ? '' : quoted(piece);
      const variable = piece.toUpperCase();
      variables.add(variable);
      return `"$${variable}"`;
    })
    .join('');
}

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
