import { homedir } from 'node:os';
import { type Logger, MaestroError, type Processes, type Secret, type ToolServer } from '@maestro/core';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { boundedFetch } from './bounded-fetch.js';
import { FloodGate } from './flood-gate.js';
import type { HeldLogin } from './held-login.js';
import type { LastWords } from './last-words.js';
import { signedFetch } from './signed-fetch.js';
import { StdioTransport } from './stdio-transport.js';

export interface TransportParts {
  processes: Processes;
  log: Logger;
  /** What a sign-in left; not for programs that run here. */
  login: HeldLogin | undefined;
  /** Gets what a program writes to its error output. */
  words: LastWords;
}

/** The way to a server, as its row says. Secrets go into it and are kept nowhere else. */
export function transportTo(server: ToolServer, parts: TransportParts): Transport {
  if (server.transport === 'stdio') return stdio(server, parts);
  const url = new URL(server.url ?? '');
  const requestInit = { headers: opened(server.headers) };
  const bounded = boundedFetch((message) => transport.onmessage?.(message));
  const { login } = parts;
  const options = { requestInit, fetch: login ? signedFetch(login, bounded) : bounded };
  const transport: Transport =
    server.transport === 'sse' ? new SSEClientTransport(url, options) : new StreamableHTTPClientTransport(url, options);
  return gated(transport);
}

function stdio(server: ToolServer, { processes, log, words }: TransportParts): StdioTransport {
  const { name, command, args, working_directory: cwd, env } = server;
  if (!command) throw new MaestroError('mcp.invalid', `the MCP server "${name}" has no command`);
  const program = { name, command, args, cwd: cwd ?? homedir(), env: opened(env) };
  return new StdioTransport(program, processes, log, words);
}

/** What an HTTP server tells unasked passes the same gate as that of a program. */
function gated(transport: Transport): Transport {
  const gate = new FloodGate();
  let listener: Transport['onmessage'];
  Object.defineProperty(transport, 'onmessage', {
    get: () => listener,
    set: (given: NonNullable<Transport['onmessage']>) => {
      listener = (message, extra) => {
        if (gate.admit(message)) given(message, extra);
      };
    },
  });
  return transport;
}

function opened(secrets: Readonly<Record<string, Secret>>): Record<string, string> {
  return Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [name, secret.use((value) => value)]));
}
