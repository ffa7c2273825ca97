import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessEntry } from './process-table.js';
import { sendSignal } from './signals.js';

/** A process that waits for hardware dies later or never; nobody waits for it longer than this. */
const patienceMs = 5_000;

/**
 * Ends the members of a tree: TERM to each, KILL to what is left after `graceMs`, again and again, since a tree may
 * grow while it is being cut.
 *
 * @param members those that run now
 * @param root number of the group most of them are in
 * @returns what is left, which is nothing but for processes the system itself cannot end
 */
export async function endTree(
  members: () => Promise<ProcessEntry[]>,
  root: number,
  graceMs: number,
): Promise<ProcessEntry[]> {
  const killAt = performance.now() + graceMs;
  const told = new Set<string>();
  for (let waitMs = 10; ; waitMs = Math.min(waitMs * 2, 100)) {
    const left = await members();
    const now = performance.now();
    if (left.length === 0 || now > killAt + patienceMs) return left;
    const isLate = now >= killAt;
    const signal = isLate ? 'SIGKILL' : 'SIGTERM';
    // One TERM each: a program may take a second one for impatience.
    const news = isLate ? left : left.filter(({ pid, start }) => !told.has(`${pid} ${start}`));
    sendToAll(news, root, signal);
    for (const { pid, start } of news) told.add(`${pid} ${start}`);
    await sleep(isLate ? 10 : Math.min(waitMs, Math.max(1, killAt - now)));
  }
}

/** To the group at once, so that nothing slips away between two signals, then to each that left it. */
function sendToAll(members: readonly ProcessEntry[], root: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  const inGroup = members.find(({ group }) => group === root);
  const sent = inGroup !== undefined && sendSignal(inGroup, signal, root);
  for (const member of members) if (!sent || member.group !== root) sendSignal(member, signal);
}
