// A language server that does what it is told to on its command line, most of it wrong. Run as a program by the tests.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const [behaviour = 'good', log] = process.argv.slice(2);
interface Message {
  id?: number;
  method?: string;
  params?: { textDocument?: { uri: string; version?: number }; changes?: unknown };
}

const frame = (body: string) => `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const send = (message: object) => process.stdout.write(frame(JSON.stringify({ jsonrpc: '2.0', ...message })));
const answer = ({ id }: Message, result: unknown) => send({ id, result });
const range = { start: { line: 0, character: 0 }, end: { line: 0, character: 1 } };

/** What it says to the first question about a file, by its behaviour. */
const misdeeds: Record<string, (message: Message) => unknown> = {
  good: (message) => answer(message, { contents: { kind: 'plaintext', value: 'a good answer' } }),
  slow: (message) => sleep(300).then(() => answer(message, { contents: 'late' })),
  hang: () => undefined,
  deaf: () => process.stdin.pause(),
  crash: () => {
    process.stderr.write('thrown on purpose\n');
    process.exit(3);
  },
  'wrong-id': (message) => {
    send({ id: (message.id ?? 0) + 1_000, result: { contents: 'to nobody' } });
    send({ id: String(message.id), result: { contents: 'to nobody' } });
    send({ id: null, result: { contents: 'to nobody' } });
    answer(message, { contents: 'to you' });
  },
  'wrong-shape': (message) => answer(message, { contents: { value: { deep: [1] } } }),
  'wrong-error': ({ id }) => send({ id, error: { code: 'x', message: { not: 'words' } } }),
  refuse: ({ id }) => send({ id, error: { code: -32603, message: 'no, never' } }),
  'no-json': () => process.stdout.write(frame('{"jsonrpc": "2.0", ')),
  'no-header': () => process.stdout.write('Welcome to the server!\r\n\r\n'),
  'endless-header': () => process.stdout.write('x'.repeat(100_000)),
  giant: () => process.stdout.write(`Content-Length: 999999999999\r\n\r\n${' '.repeat(1_000_000)}`),
  flood: () => {
    const one = frame(
      JSON.stringify({ jsonrpc: '2.0', method: 'window/logMessage', params: { type: 4, message: 'x' } }),
    );
    for (let index = 0; index < 100; index += 1) process.stdout.write(one.repeat(500));
  },
  asks: (message) => {
    send({ id: 'q1', method: 'workspace/configuration', params: { items: [{ section: 'a' }, {}] } });
    send({ id: 'q2', method: 'workspace/applyEdit', params: { edit: { changes: {} } } });
    send({ id: 'q3', method: 'client/registerCapability', params: {} });
    send({ id: 'q4', method: 'no/suchThing', params: {} });
    return sleep(50).then(() => answer(message, { contents: 'asked' }));
  },
  'strange-places': (message) =>
    answer(message, [
      { uri: 'http://elsewhere/x', range },
      { uri: 'file:///nowhere/\u001b[31mred', range },
      { uri: 'file://host/share', range },
    ]),
  published: (message) => answer(message, null),
};

function take(message: Message): unknown {
  if (log) appendFileSync(log, `${JSON.stringify(message)}\n`);
  const { method, params } = message;
  switch (method) {
    case 'initialize':
      if (behaviour === 'hang-at-start') return;
      if (behaviour === 'crash-at-start') process.exit(4);
      return answer(message, {
        capabilities: {
          hoverProvider: true,
          definitionProvider: {},
          referencesProvider: true,
          documentSymbolProvider: true,
        },
      });
    case 'shutdown':
      return answer(message, null);
    case 'exit':
      return process.exit(0);
    case 'textDocument/didOpen':
    case 'textDocument/didChange':
      if (behaviour !== 'published') return;
      for (const [uri, version] of [
        [params?.textDocument?.uri, (params?.textDocument?.version ?? 0) - 1],
        [params?.textDocument?.uri, params?.textDocument?.version],
        ['file:///other', 1],
      ]) {
        const diagnostics = [{ range, message: `of version ${version}`, severity: 2 }, { range, message: 7 }, null];
        send({ method: 'textDocument/publishDiagnostics', params: { uri, version, diagnostics } });
      }
      return;
    default:
      if (message.id !== undefined && method) return misdeeds[behaviour]?.(message);
  }
}

let rest = Buffer.alloc(0);
process.stdin.on('data', (chunk: Buffer) => {
  rest = Buffer.concat([rest, chunk]);
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    const length = Number(/content-length: (\d+)/i.exec(rest.toString('latin1', 0, Math.max(end, 0)))?.[1]);
    if (end === -1 || rest.length < end + 4 + length) return;
    const body = rest.toString('utf8', end + 4, end + 4 + length);
    rest = rest.subarray(end + 4 + length);
    void take(JSON.parse(body));
  }
});
