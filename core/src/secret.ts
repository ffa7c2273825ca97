import { inspect } from 'node:util';

/** A value that never prints. `use` is the only way in. */
export class Secret {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
    remember(this, value);
  }
  use<T>(read: (value: string) => T): T {
    return read(this.#value);
  }
  toString(): string {
    return '<secret>';
  }
  toJSON(): string {
    return '<secret>';
  }
  [inspect.custom](): string {
    return '<secret>';
  }
}

/** Shorter values would redact ordinary words; no key in use is that short. */
const shortest = 6;
/** What nobody holds any more is still known, up to so many; the oldest are forgotten first. */
const most = 1000;
/** Far more than any installation holds at once. */
const mostHeld = 10_000;
const known = new Map<string, { forms: readonly string[]; holders: number }>();
/** Told when a holder is gone. One that lives, such as a password that was read once, is never forgotten. */
const released = new FinalizationRegistry<string>((value) => {
  const entry = known.get(value);
  if (entry) entry.holders -= 1;
});
/** Every spelling of every known value, the longest first: a value may be the beginning of another. */
let spellings: readonly string[] | undefined;

function remember(holder: Secret, value: string): void {
  if (value.length < shortest) return;
  released.register(holder, value);
  const entry = known.get(value);
  if (entry) {
    entry.holders += 1;
    return;
  }
  known.set(value, { forms: forms(value), holders: 1 });
  if (known.size > most) forgetSome();
  spellings = undefined;
}

function forgetSome(): void {
  for (const [value, { holders }] of known) {
    if (known.size <= most) return;
    if (holders === 0 || known.size > mostHeld) known.delete(value);
  }
}

/**
 * The second net under everything that is written for people: replaces each known secret value, plain,
 * JSON-escaped, URL-encoded, hex, base64 or base64url (also inside longer encoded data), by `<redacted>`.
 */
export function redactSecrets(text: string): string {
  spellings ??= [...new Set([...known.values()].flatMap(({ forms }) => forms))].sort((a, b) => b.length - a.length);
  let clean = text;
  for (const spelling of spellings) if (clean.includes(spelling)) clean = clean.replaceAll(spelling, '<redacted>');
  return clean;
}

function forms(value: string): string[] {
  const bytes = Buffer.from(value);
  const hex = bytes.toString('hex');
  return [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value.toWellFormed()),
    hex,
    hex.toUpperCase(),
    ...base64Forms(bytes),
  ];
}

/** Base64 looks different at each of three alignments; the characters that mix with neighbours are cut off. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    const from = Math.ceil((shift * 8) / 6);
    const to = Math.floor(((shift + bytes.length) * 8) / 6);
    const middle = text.slice(from, to);
    return [middle, middle.replaceAll('+', '-').replaceAll('/', '_')];
  });
}
