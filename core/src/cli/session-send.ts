import { randomUUID } from 'node:crypto';
import { attach, attachedFiles, storeFiles } from './attached-files.js';
import { defineCommand, json, place, UsageError } from './command.js';
import { needServer } from './connection.js';
import { wholeInput } from './input.js';
import { printJson } from './output.js';

export const command = defineCommand({
  usage: 'session send SESSION TEXT [-a FILE]... [--steer] [--key K] [--json] [--home D]',
  summary: 'Sends a message and does not wait for the answer. While a turn runs, the message waits in the queue.',
  notes: [
    'TEXT      "-" reads it from standard input',
    '-a FILE   an image, PDF or text for the model to see (several: -a A -a B)',
    '--steer   hand it in at the next step of the running turn, not after it',
    '--key K   sending again under the same key is the same message (default: a new key)',
  ],
  example: 'maestro session send 4f1c "And now in French"',
  options: { ...place, ...json, ...attach, steer: { type: 'boolean' }, key: { type: 'string' } },
  arity: [2, 2],
  async run(call) {
    const [id, words] = call.args as [string, string];
    const text = words === '-' ? await wholeInput(call) : words;
    if (text.trim() === '') throw new UsageError('the message is empty');
    const files = await attachedFiles(call.flags.attach);
    // A server of our own would end, and the turn with it, as soon as the message is in.
    const { rest } = await needServer(call);
    const client_key = call.flags.key ?? randomUUID();
    const attachments = await storeFiles(files, rest);
    const mode = call.flags.steer ? 'steer' : 'queue';
    const accepted = await rest.send(id, { client_key, text, mode, ...(attachments.length > 0 && { attachments }) });
    if (call.flags.json) printJson(call, accepted);
    else call.stdout.write(`${accepted.queued ? 'queued' : 'sent'} ${accepted.message_id}\n`);
    return 0;
  },
});
