import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { MaestroError } from '../errors.js';

/** What is stored of a sealed value: a data key wrapped by the master key, and the text under the data key. */
export interface Envelope {
  v: 1;
  alg: 'A256GCM';
  /** The master key that wraps `wk`. */
  kid: string;
  wk: string;
  ct: string;
}

/** The row a value belongs to; a value moved to another row does not open. */
export interface Binding {
  rowId: string;
  provider: string;
  authType: string;
}

/** Gives the keys that wrap data keys; `kek` throws for one it does not know. */
export interface KeyRing {
  readonly current: string;
  kek(kid: string): Buffer;
}

const ivBytes = 12;
const tagBytes = 16;
const keyBytes = 32;

/** Seals `text` under a data key of its own, so that no key meets an iv twice. */
export function seal(keys: KeyRing, binding: Binding, text: string): Envelope {
  const kid = keys.current;
  const dek = randomBytes(keyBytes);
  const wk = encrypt(keys.kek(kid), keyAad(kid, binding), dek);
  const ct = encrypt(dek, textAad(binding), Buffer.from(text, 'utf8'));
  return { v: 1, alg: 'A256GCM', kid, wk: wk.toString('base64'), ct: ct.toString('base64') };
}

/**
 * @throws MaestroError `credential.corrupt` when anything about it is not as sealed: a bit, the row, the
 *   provider, the type, the key, a shortened tag; never a guess
 */
export function unseal(keys: KeyRing, binding: Binding, envelope: unknown): string {
  try {
    const { kid, wk, ct } = checked(envelope);
    const dek = decrypt(keys.kek(kid), keyAad(kid, binding), exact(wk));
    return decrypt(dek, textAad(binding), exact(ct)).toString('utf8');
  } catch (cause) {
    const message = `the saved credential ${binding.rowId} does not open: damaged, moved, or sealed with another key; remove it and save it anew`;
    throw new MaestroError('credential.corrupt', message, { cause });
  }
}

/** The same sealed text under the current master key: only the data key is wrapped anew. @throws as `unseal` */
export function rewrap(keys: KeyRing, binding: Binding, envelope: Envelope): Envelope {
  unseal(keys, binding, envelope);
  const dek = decrypt(keys.kek(envelope.kid), keyAad(envelope.kid, binding), exact(envelope.wk));
  const kid = keys.current;
  return { ...envelope, kid, wk: encrypt(keys.kek(kid), keyAad(kid, binding), dek).toString('base64') };
}

function checked(value: unknown): Envelope {
  const envelope = value as Partial<Envelope> | null;
  const known = envelope?.v === 1 && envelope.alg === 'A256GCM';
  const whole = [envelope?.kid, envelope?.wk, envelope?.ct].every((field) => typeof field === 'string');
  if (!known || !whole) throw new Error('not an envelope of a version we know');
  return envelope as Envelope;
}

/** Base64 in its one canonical spelling: the decoder itself would skip over what it does not understand. */
function exact(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw new Error('not canonical base64');
  return bytes;
}

// `kid` binds the data key only: wrapping it anew leaves the text untouched.
const keyAad = (kid: string, row: Binding) => joined('maestro.dek', '1', kid, row.rowId, row.provider, row.authType);
const textAad = (row: Binding) => joined('maestro.cred', '1', row.rowId, row.provider, row.authType);

/** Each field with its length in front, so that no two lists of fields read the same. */
function joined(...fields: readonly string[]): Buffer {
  return Buffer.concat(
    fields.flatMap((field) => {
      const bytes = Buffer.from(field, 'utf8');
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      return [length, bytes];
    }),
  );
}

/** iv, text and tag in one. */
function encrypt(key: Buffer, aad: Buffer, plain: Buffer): Buffer {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes }).setAAD(aad);
  return Buffer.concat([iv, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, aad: Buffer, sealed: Buffer): Buffer {
  if (sealed.length < ivBytes + tagBytes) throw new Error('too short to be sealed');
  const iv = sealed.subarray(0, ivBytes);
  const tag = sealed.subarray(sealed.length - tagBytes);
  // Without a given tag length a tag of four bytes would do.
  const cipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes }).setAAD(aad).setAuthTag(tag);
  return Buffer.concat([cipher.update(sealed.subarray(ivBytes, sealed.length - tagBytes)), cipher.final()]);
}
