import type { ChildTree, Logger, Processes } from '@maestro/core';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { FloodGate } from './flood-gate.js';
import type { LastWords } from './last-words.js';
import { idAtEnds, LineReader } from './line-reader.js';
import { tooLarge } from './too-large.js';

export interface Program {
  name: string;
  command: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
}

/** Lines of a server's error output that go to the log; the rest is counted. */
const mostErrorLines = 200;
const errorLineBytes = 2_048;

/** JSON-RPC in lines over the pipes of a program; its whole tree ends with the connection. */
export class StdioTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  /** What both sides agreed on. */
  protocolVersion: string | undefined;
  /** How the program ended. */
  ending: string | undefined;
  readonly #gate = new FloodGate();
  #child: ChildTree | undefined;
  #closed: Promise<void> | undefined;
  #errorLines = 0;
  #lastWords = '';

  constructor(
    private readonly program: Program,
    private readonly processes: Processes,
    private readonly log: Logger,
    private readonly words: LastWords,
  ) {}

  async start(): Promise<void> {
    const { name, command, args, cwd, env } = this.program;
    const child = this.processes.spawn(command, args, {
      cwd,
      env,
      stdin: 'pipe',
      label: `mcp ${name}`,
      sessionId: null,
    });
    this.#child = child;
    const lines = new LineReader(
      (line) => this.#take(line),
      (head, tail) => this.#refuse(head, tail),
    );
    child.stdout.on('data', (chunk: Buffer) => lines.push(chunk));
    const errors = new LineReader(
      (line) => this.#tell(line.toString('utf8')),
      (head) => this.#tell(head),
      errorLineBytes,
    );
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    for (const stream of [child.stdin, child.stdout, child.stderr]) {
      stream?.on('error', (error: Error) => this.onerror?.(error));
    }
    // What it still said is read before its end counts.
    child.stdout.once('close', () => void this.close());
    void child.exited.then(({ code, signal }) => {
      this.ending = `it ended ${signal ? `by ${signal}` : `with exit code ${code}`}`;
      if (this.#lastWords) this.ending += `; its last words: ${this.#lastWords}`;
      if (child.stdout.destroyed) void this.close();
    });
  }

  setProtocolVersion(version: string): void {
    this.protocolVersion = version;
  }

  send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin;
    if (!stdin || stdin.destroyed || this.#closed) return Promise.reject(new Error(this.ending ?? 'not connected'));
    return new Promise((resolve, reject) => {
      // A server that does not read holds nobody up: whoever asked has a time limit of its own.
      stdin.write(`${JSON.stringify(message)}\n`, (error) => (error ? reject(error) : resolve()));
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    if (this.#gate.dropped > 0) {
      this.log.warn('told more than is taken from one server', { dropped: this.#gate.dropped });
    }
    this.#child?.stdin?.end();
    await this.#child?.kill(2_000);
    await this.#child?.exited;
    this.onclose?.();
  }

  #take(line: Buffer): void {
    if (this.#closed) return;
    if (this.#gate.isFull() && !line.includes('"id"')) {
      // Not even read: a flood must cost as little as there is.
      this.#gate.dropped += 1;
      return;
    }
    const message = parsed(line.toString('utf8'));
    if (message === undefined) {
      this.onerror?.(new Error('wrote a line that is not JSON'));
      return;
    }
    if (this.#gate.admit(message)) this.onmessage?.(message as JSONRPCMessage);
  }

  #refuse(head: string, tail: string): void {
    const id = idAtEnds(head, tail);
    this.onerror?.(new Error('sent a message that is too large'));
    if (id !== undefined) this.onmessage?.(tooLarge(id));
    // Nobody can tell whose answer it was: all that wait are told.
    else void this.close();
  }

  #tell(line: string): void {
    this.#errorLines += 1;
    this.#lastWords = line.trim().slice(0, 300) || this.#lastWords;
    this.words.add(line);
    if (this.#errorLines <= mostErrorLines) this.log.debug('wrote to its error output', { line });
  }
}

/** Undefined for what is no JSON object. */
function parsed(line: string): object | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
