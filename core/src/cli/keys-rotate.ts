import { defineCommand, json, place, UsageError } from './command.js';
import { withServer } from './connection.js';
import { printKeys } from './print-keys.js';

export const command = defineCommand({
  usage: 'keys rotate [--full] [--drop-old] [--json] [--home D]',
  summary: 'Seals all credentials with a new master key. The old one stays in the file until it is dropped.',
  notes: [
    '--full       make new data keys as well, not only a new key around them',
    '--drop-old   instead: forget the keys that seal nothing any more; backups from before need them',
  ],
  example: 'maestro keys rotate && maestro keys rotate --drop-old',
  options: { ...place, ...json, full: { type: 'boolean' }, 'drop-old': { type: 'boolean' } },
  arity: [0, 0],
  async run(call) {
    const { full = false, 'drop-old': drop_old = false } = call.flags;
    if (full && drop_old) throw new UsageError('--full makes new keys and --drop-old forgets old ones; one at a time');
    const status = await withServer(call, ({ rest }) => rest.rotateKeys(drop_old ? { drop_old } : { full }));
    printKeys(call, status);
    if (!drop_old && status.keys.length > 1) {
      call.stderr.write('maestro: the old key is kept; `maestro keys rotate --drop-old` forgets it\n');
    }
    return status.unreadable.length > 0 ? 1 : 0;
  },
});
