import type { Secret } from '../secret.js';
import type { WireProfile } from './profile.js';

/** Everything that decides the bytes on the wire. */
export interface PreparedRequest {
  profile: WireProfile;
  /** Scheme, host and port, as in `https://api.example.com`. */
  origin: string;
  /** Values for the `{slots}` of the profile; a Secret is stored redacted. A header whose slot is undefined is left out. */
  slots: Readonly<Record<string, string | Secret | undefined>>;
  /** Empty for a GET. */
  body: Buffer;
}

export interface ProviderResponse {
  status: number;
  headers: readonly (readonly [name: string, value: string])[];
  /** Decompressed bytes as they arrive; idle and size limits already apply. Of an answer that is not 2xx the first 16 KiB. */
  body: AsyncIterable<Buffer>;
}

export type Header = [name: string, value: string];

/** Value of the first header of that name in any casing. */
export function headerOf(
  headers: readonly (readonly [name: string, value: string])[],
  name: string,
): string | undefined {
  return headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}
