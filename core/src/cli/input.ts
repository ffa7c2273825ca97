import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import { type Call, UsageError } from './command.js';

/** All of standard input as text. */
export async function wholeInput({ stdin }: Pick<Call, 'stdin'>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * A secret: typed without being shown on a terminal, else the first line of standard input. Never
 * from an argument, which every user of the machine could read.
 */
export async function secretInput(call: Pick<Call, 'stdin' | 'stderr'>, question: string): Promise<string> {
  const answer = call.stdin.isTTY ? await hidden(call, question) : await wholeInput(call);
  const secret = answer.split('\n')[0]!.trim();
  if (secret === '') throw new UsageError('nothing was given; pipe the key in, or run this on a terminal and type it');
  return secret;
}

function hidden({ stdin, stderr }: Pick<Call, 'stdin' | 'stderr'>, question: string): Promise<string> {
  // readline echoes into its output: this one swallows it. Asked only once the terminal itself echoes no more.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: nowhere, terminal: true });
  stderr.write(question);
  return new Promise((resolve, reject) => {
    lines.once('line', (line) => {
      resolve(line);
      lines.close();
    });
    lines.once('SIGINT', () => {
      reject(new UsageError('interrupted; nothing was saved'));
      lines.close();
    });
    lines.once('close', () => {
      stderr.write('\n');
      resolve('');
    });
  });
}
