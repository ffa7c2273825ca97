import type { KeyStatusResource } from '../protocol/index.js';
import type { Call } from './command.js';
import { printJson, printTable } from './output.js';

/** Which master keys there are and what they seal. */
export function printKeys(call: Pick<Call, 'stdout'> & { flags: { json?: boolean } }, status: KeyStatusResource): void {
  if (call.flags.json) {
    printJson(call, status);
    return;
  }
  const rows = status.keys.map(({ kid, created_at, credentials }) => {
    const role = kid === status.current ? 'seals' : 'opens';
    return [kid, role, String(credentials), created_at ?? ''];
  });
  printTable(call, ['KEY', 'ROLE', 'CREDENTIALS', 'MADE'], rows);
  if (status.unreadable.length === 0) return;
  call.stdout.write(`Opened by none of them: ${status.unreadable.join(', ')}. Remove these and save them anew.\n`);
}
