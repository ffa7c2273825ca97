import { RestError } from '../client/rest-error.js';
import { SocketError } from '../client/socket.js';
import { MaestroError } from '../errors.js';
import { printable } from '../log.js';
import { UsageError } from './command.js';

/** What the exit codes of every verb mean; 3 and 4 are of `run` alone. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  interrupted: 3,
  budget: 4,
  pluginBlocked: 70,
  second: 75,
  config: 78,
} as const;

const configuration = ['config.', 'key.', 'file.mode', 'database.newer', 'database.too_old', 'database.unsafe'];
const alsoConfiguration = ['server.bind_refused', 'server.tls'];

/** 2 usage, 75 another server holds the database, 78 configuration, keys and permissions, else 1. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (!(error instanceof MaestroError)) return EXIT.failed;
  if (error.code === 'server.second') return EXIT.second;
  const isConfiguration = configuration.some((start) => error.code.startsWith(start));
  return isConfiguration || alsoConfiguration.includes(error.code) ? EXIT.config : EXIT.failed;
}

/** What happened, to what, what to do. No stack and no cause: those are for the log. */
export function describeError(error: unknown): string {
  if (error instanceof UsageError) return error.message;
  if (error instanceof RestError) {
    const found = error.correlationId ? `; look for ${error.correlationId} in the log` : '';
    return `${lines(error.message)} (${error.code}${error.status >= 500 ? found : ''})`;
  }
  if (error instanceof MaestroError || error instanceof SocketError) return `${lines(error.message)} (${error.code})`;
  const message = error instanceof Error ? error.message : String(error);
  return `something went wrong that should not: ${lines(message)}. Run \`maestro doctor\`, and report this if it stays`;
}

/** A message may tell of several things, one a line; anything else that moves a cursor is made visible. */
function lines(message: string): string {
  return message.split('\n').map(printable).join('\n');
}
