import type { MaestroError } from '../errors.js';
import type { Maestro } from '../main.js';
import { type Call, defineCommand, place } from './command.js';
import { runningServer } from './connection.js';
import { describeError, exitCodeOf } from './exit.js';
import { createSignIn, hasDisplay, openInBrowser } from './sign-in.js';

export const command = defineCommand({
  usage: 'start [--port N] [--host H] [--no-open] [--config F] [--home D]',
  summary: 'Runs the server in the foreground until it is interrupted.',
  notes: [
    '--port N    where to listen; 0 takes a free port (default 4777)',
    '--no-open   do not open a browser',
    '--home D    where everything is kept (default MAESTRO_HOME, else ~/.maestro)',
  ],
  example: 'maestro start --port 0 --no-open',
  options: { ...place, port: { type: 'string' }, host: { type: 'string' }, 'no-open': { type: 'boolean' } },
  arity: [0, 0],
  async run(call) {
    const { home, config, port, host, 'no-open': isClosed } = call.flags;
    const given = Object.entries({ home, config, port, host }).filter(([, value]) => value !== undefined);
    const fatal = Promise.withResolvers<MaestroError>();
    const stop = stopSignal();
    const options = {
      env: call.env,
      flags: Object.fromEntries(given),
      terminal: call.stderr,
      ownsProcess: true,
      onFatal: fatal.resolve,
    };
    const { startMaestro } = await import('../main.js');
    const maestro = await startMaestro(options);
    call.stdout.write(`The Maestro is ready: ${maestro.url}\n`);
    if (!isClosed) await welcome(call, maestro);
    const error = await Promise.race([stop, fatal.promise]);
    await maestro.close();
    if (!error) return 0;
    call.stderr.write(`maestro: ${describeError(error)}\n`);
    return exitCodeOf(error);
  },
});

/** Resolves with the first signal; the second one ends the process at once, whatever is still open. */
function stopSignal(): Promise<undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  let count = 0;
  const heard = (signal: NodeJS.Signals) => {
    count += 1;
    if (count > 1) process.exit(signal === 'SIGINT' ? 130 : 143);
    resolve(undefined);
  };
  process.on('SIGINT', heard).on('SIGTERM', heard);
  return promise;
}

/** Shows the browser the way in where there is one. That it cannot be opened is no reason to stop. */
async function welcome(call: Call, maestro: Maestro): Promise<void> {
  if (!call.stdout.isTTY) return;
  const flags = { home: maestro.home.root };
  const { MAESTRO_URL: _other, ...env } = call.env;
  const server = await runningServer({ env, flags });
  if (!server) return;
  const { file, url } = await createSignIn(server);
  if (hasDisplay(call.env) && (await openInBrowser(file))) return;
  call.stdout.write(
    `Open this address in a browser within 60 s: ${url}\nLater, \`npx maestro open\` gives a new one.\n`,
  );
}
