/** Small steps from what the driver gives to what the wire shows. */

/** ISO 8601 in UTC. */
export function isoTime(value: Date): string;
export function isoTime(value: Date | null): string | null;
export function isoTime(value: Date | null): string | null {
  return value?.toISOString() ?? null;
}

/** A decimal string without the zeros a `numeric` column pads it with. */
export function money(value: string | null): string | null {
  return value?.includes('.') ? value.replace(/\.?0+$/, '') : value;
}

/** Whether PostgreSQL takes it as a uuid; anything else from outside is simply an id nobody has. */
export function isUuid(value: string): boolean {
  return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value);
}

/** A cursor of a list: opaque to clients, a few columns to us. */
export const cursor = {
  write: (columns: readonly string[]): string => Buffer.from(JSON.stringify(columns)).toString('base64url'),
  /** Undefined when it is none of ours. */
  read(text: string): string[] | undefined {
    try {
      const columns: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
      return Array.isArray(columns) && columns.every((column) => typeof column === 'string') ? columns : undefined;
    } catch {
      // Not JSON, so not ours: the caller says so with its own error.
      return undefined;
    }
  },
};
