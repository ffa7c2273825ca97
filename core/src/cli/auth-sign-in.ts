import { createInterface } from 'node:readline';
import { setTimeout as after } from 'node:timers/promises';
import type { MaestroRest } from '../client/index.js';
import { RestError } from '../client/rest-error.js';
import { MaestroError } from '../errors.js';
import type { SignInFlow, SignInWay } from '../protocol/index.js';
import { type Call, UsageError } from './command.js';
import { EXIT } from './exit.js';
import { plain, printJson } from './output.js';

interface Wanted {
  provider: string;
  method: string;
  way?: SignInWay;
  label?: string;
}

type Terminal = Pick<Call, 'stdin' | 'stdout' | 'stderr'> & { flags: { json?: boolean } };

const lookEveryMs = 500;

/**
 * Sees a sign-in through: tells where to go, then waits for the answer or reads the pasted code. The address is only
 * printed: handed to a browser it would stand among the arguments of a process, where others can read it.
 */
export async function signInOver(call: Terminal, rest: MaestroRest, wanted: Wanted): Promise<number> {
  const { provider, method, ...options } = wanted;
  const flow = await rest.beginSignIn(provider, method, options);
  const interrupted = Promise.withResolvers<'interrupted'>();
  const stop = () => interrupted.resolve('interrupted');
  process.once('SIGINT', stop);
  const over = new AbortController();
  try {
    tellWhere(call, flow);
    const end = await Promise.race([seen(call, rest, flow, over.signal), interrupted.promise]);
    if (end !== 'interrupted') return tellEnd(call, end);
    call.stderr.write('maestro: given up; nothing was saved\n');
    return EXIT.interrupted;
  } finally {
    over.abort();
    process.off('SIGINT', stop);
    // One that is over already has nothing to cancel.
    await rest.cancelSignIn(flow.flow_id).catch(() => undefined);
  }
}

function tellWhere({ stderr }: Terminal, flow: SignInFlow): void {
  stderr.write(`Open this address in a browser:\n\n  ${plain(flow.authorize_url ?? '')}\n\n`);
  if (flow.way === 'device') stderr.write(`and type this code there: ${plain(flow.user_code ?? '')}\n`);
  if (flow.way === 'browser') stderr.write('Waiting for its answer; the address it ends at can be pasted here too.\n');
  if (flow.way === 'code') stderr.write('then paste the code it shows, or the address it ends at:\n');
}

/** Resolves with how it ended. */
async function seen(call: Terminal, rest: MaestroRest, flow: SignInFlow, signal: AbortSignal): Promise<SignInFlow> {
  const waits: Promise<SignInFlow>[] = [];
  if (flow.way !== 'device') waits.push(pasted(call, rest, flow, signal));
  if (flow.way !== 'code') waits.push(looked(rest, flow, signal));
  return Promise.race(waits);
}

async function looked(rest: MaestroRest, { flow_id }: SignInFlow, signal: AbortSignal): Promise<SignInFlow> {
  for (;;) {
    await after(lookEveryMs, undefined, { signal });
    const now = await rest.signInFlow(flow_id);
    if (now.state !== 'pending') return now;
  }
}

async function pasted(call: Terminal, rest: MaestroRest, flow: SignInFlow, signal: AbortSignal): Promise<SignInFlow> {
  const lines = createInterface({ input: call.stdin, terminal: false, signal });
  for await (const line of lines) {
    if (line.trim() === '') continue;
    try {
      return await rest.completeSignIn(flow.flow_id, line.trim());
    } catch (error) {
      // The sign-in goes on waiting; a person can try again.
      if (!call.stdin.isTTY || !(error instanceof RestError) || error.status !== 422) throw error;
      call.stderr.write(`maestro: ${plain(error.message)}\n`);
    }
  }
  if (flow.way === 'code') throw new UsageError('no code was given; nothing was saved');
  // Nobody types here: the answer comes by itself.
  return new Promise(() => undefined);
}

function tellEnd(call: Terminal, flow: SignInFlow): number {
  if (flow.state !== 'done' || !flow.credential) {
    const { code, message } = flow.error ?? {
      code: 'sign_in.over',
      message: `the sign-in is ${flow.state}; begin again`,
    };
    throw new MaestroError(code, message);
  }
  const { credential, note } = flow;
  if (call.flags.json) {
    printJson(call, credential);
    return EXIT.done;
  }
  const whose = credential.account ? ` as ${plain(credential.account)}` : '';
  call.stdout.write(`signed in to ${credential.provider}${whose}: "${plain(credential.label)}" (${credential.id})\n`);
  if (note) call.stderr.write(`maestro: ${plain(note)}\n`);
  return EXIT.done;
}
