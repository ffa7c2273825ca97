import { hasProcessFiles, type ProcessRef, processOf } from './process-table.js';

export type EndSignal = 'SIGTERM' | 'SIGKILL';

/**
 * Sends a signal; the one place of the platform that does. Numbers have meanings of their own to the system: 0 is our
 * own group, -1 is everybody, 1 the first process, and the number of a process that ended may be given to another.
 * So it goes only to a whole number above 1 that is not our own, and only while the process that has it is the one
 * that was meant.
 *
 * @param group sends to all of this group, of which the process must be a member
 * @returns whether it was sent
 */
export function sendSignal({ pid, start }: ProcessRef, signal: EndSignal, group?: number): boolean {
  if (!isOthers(pid) || (group !== undefined && !isOthers(group))) return false;
  try {
    // Where processes are no files, whoever calls keeps the number: a child not yet reaped, or a group with members.
    if (hasProcessFiles) {
      const found = processOf(pid);
      if (found?.start !== start || found.group !== (group ?? found.group)) return false;
    }
    return process.kill(group === undefined ? pid : -group, signal);
  } catch {
    // Gone this moment, or run by another user.
    return false;
  }
}

/** Whether a group of this number has members; for systems that show no more. */
export function hasMembers(group: number): boolean {
  if (!isOthers(group)) return false;
  try {
    return process.kill(-group, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isOthers(pid: number): boolean {
  return Number.isSafeInteger(pid) && pid > 1 && pid !== process.pid;
}
