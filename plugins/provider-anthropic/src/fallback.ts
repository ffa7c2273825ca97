import type { WireProfile } from '@maestro/core';

/** A header value that a server refused. */
export interface RefusedValue {
  header: string;
  value: string;
}

/** Without these no request is understood; a complaint about them is about the request. */
const ESSENTIAL = new Set(['x-api-key', 'anthropic-version']);

/** Remembers per origin which header values are refused, so that each costs one failed request, once. */
export class Fallbacks {
  readonly #refused = new Map<string, RefusedValue[]>();

  /** The profile as this origin takes it. A header whose values are all refused goes. */
  apply(origin: string, profile: WireProfile): WireProfile {
    const refused = this.#refused.get(origin);
    if (!refused) return profile;
    const headers = profile.headers.flatMap(([name, value]): [string, string][] => {
      const kept = valuesOf(value).filter(
        (each) => !refused.some(({ header, value: bad }) => header === name && bad === each),
      );
      return kept.length > 0 ? [[name, kept.join(', ')]] : [];
    });
    return { ...profile, headers };
  }

  /** Learns from the words of a 400. Gives what will be left out from now on; empty where it is about something else. */
  learn(origin: string, profile: WireProfile, message: string): RefusedValue[] {
    const refused = profile.headers.flatMap(([name, value]) => refusedIn(name, value, message));
    if (refused.length > 0) this.#refused.set(origin, [...(this.#refused.get(origin) ?? []), ...refused]);
    return refused;
  }
}

const valuesOf = (value: string): string[] => value.split(',').map((each) => each.trim());

function refusedIn(header: string, value: string, message: string): RefusedValue[] {
  if (ESSENTIAL.has(header.toLowerCase()) || !isAbout(header, message)) return [];
  const named = valuesOf(value).filter((each) => message.includes(each));
  return (named.length > 0 ? named : valuesOf(value)).map((each) => ({ header, value: each }));
}

/** Names such as `accept` are words of any sentence, so the name must stand beside the word "header". */
function isAbout(header: string, message: string): boolean {
  const name = header.replace(/[^\w-]/g, '');
  const beside = new RegExp(`\\b${name}\\b[\`"']?\\s*:?\\s+header|headers?:?\\s+[\`"']?${name}\\b`, 'i');
  // Some gateways of the same API say it in these words only.
  const isBetaFlag = header.toLowerCase() === 'anthropic-beta' && /invalid beta flag/i.test(message);
  return isBetaFlag || beside.test(message);
}
