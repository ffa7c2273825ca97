import { defineCommand, place } from './command.js';
import { needServer } from './connection.js';
import { createSignIn, hasDisplay, openInBrowser } from './sign-in.js';

export const command = defineCommand({
  usage: 'open [--print] [--home D]',
  summary: 'Signs a browser in to the running server, once.',
  notes: ['--print   only name the private file that would be opened; it works once, within 60 s'],
  example: 'maestro open',
  options: { ...place, print: { type: 'boolean' } },
  arity: [0, 0],
  async run(call) {
    const { file, url } = await createSignIn(await needServer(call));
    if (call.flags.print) call.stdout.write(`${file}\n`);
    // A screen is seen by its owner; a pipe or a log file may be read by anyone.
    if (call.stdout.isTTY) call.stdout.write(`${url}\n`);
    if (call.flags.print) return 0;
    const isOpen = hasDisplay(call.env) && (await openInBrowser(file));
    if (isOpen) return 0;
    call.stderr.write(`maestro: no browser can be opened from here; open this file in one within 60 s: ${file}\n`);
    return 1;
  },
});
