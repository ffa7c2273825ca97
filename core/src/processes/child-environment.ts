import { redactSecrets } from '../secret.js';

/** What is ours or opens a database or an account, by its usual names; others are told by those who know them. */
const privateNames = [
  /^MAESTRO_/i,
  /^DATABASE_URL$/i,
  /^REDIS_URL$/i,
  /^PG[A-Z]+$/i,
  /(^|_)(API_?KEY|ACCESS_KEY|PRIVATE_KEY|SECRET_KEY|TOKEN|SECRET|PASSWORD|PASSWD)$/i,
  // A channel to the parent of the server; a child would talk into it.
  /^NODE_(CHANNEL_FD|CHANNEL_SERIALIZATION_MODE|UNIQUE_ID)$/,
];

/** Without these no program runs; a short password may stand in a path by chance. */
const plain = new Set(['PATH', 'HOME', 'SHELL', 'USER', 'LOGNAME', 'LANG', 'TERM', 'TMPDIR', 'PWD']);

const databaseAddress = /^(postgres(ql)?|rediss?):\/\//i;

/**
 * The environment of the server without what programs of an agent have no business with: settings and keys of ours,
 * keys of providers, addresses of databases. A variable goes by its name, or by a value that holds a known secret.
 *
 * @param names further variables to leave out
 */
export function childEnvironment(env: NodeJS.ProcessEnv, names: Iterable<string> = []): Record<string, string> {
  const named = new Set([...names].map((name) => name.toUpperCase()));
  const kept = Object.entries(env).filter((entry): entry is [string, string] => {
    const [name, value] = entry;
    if (value === undefined || named.has(name.toUpperCase())) return false;
    if (privateNames.some((pattern) => pattern.test(name)) || databaseAddress.test(value)) return false;
    return plain.has(name) || redactSecrets(value) === value;
  });
  return Object.fromEntries(kept);
}
