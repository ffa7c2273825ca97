import { createHash } from 'node:crypto';
import { isRunning } from './process-table.js';

/** The server that children belong to. */
export interface OwnerParts {
  /** Folder of its home. */
  home: string;
  pid: number;
  start: string;
  /** What shares our process numbers; in another place the number of a server says nothing. */
  place: string;
}

/** Names a server in the environment of its children. It holds no path: children of all kinds read it. */
export function ownerName({ home, place, pid, start }: OwnerParts): string {
  const where = createHash('sha256').update(`${home}\0${place}`).digest('hex').slice(0, 16);
  return `${where}.${pid}.${start}`;
}

/** Whether a marker was set by a server of the same home that runs no more. */
export function isOrphan(marker: string, owner: string): boolean {
  const [where, pid, start] = ownerIn(marker).split('.');
  const [ours] = owner.split('.');
  if (where !== ours || !pid || !start || ownerIn(marker) === owner) return false;
  return !isRunning({ pid: Number(pid), start });
}

const ownerIn = (marker: string) => marker.slice(0, marker.lastIndexOf('/'));
