import { redactSecrets } from '../secret.js';

/** As much of a JSON schema as is looked at here. */
export interface SettingSchema {
  type?: string;
  properties?: Readonly<Record<string, SettingSchema>>;
  secret?: boolean;
}

export type Settings = Readonly<Record<string, unknown>>;
export type SettingPath = readonly string[];

/** Names that say it where a schema does not. */
const secretName = /(secret|password|passphrase|token)$/i;

/** Every value with the path that leads to it. Goes into maps the schema knows by key, and no deeper: others are one value. */
export function leaves(settings: Settings, schema: SettingSchema | undefined): [path: SettingPath, value: unknown][] {
  return Object.entries(settings).flatMap(([key, value]) => {
    const inner = schema?.properties?.[key];
    if (!inner?.properties || !isMap(value)) return [[[key], value]];
    return leaves(value, inner).map(([path, leaf]): [SettingPath, unknown] => [[key, ...path], leaf]);
  });
}

/** The settings without what is secret, and the dotted paths of secrets that are set. */
export function withoutSecrets(settings: Settings, schema: SettingSchema | undefined) {
  const secrets: string[] = [];
  const shown: Record<string, unknown> = {};
  for (const [path, value] of leaves(settings, schema)) {
    if (!isSecret(path, value, schema)) put(shown, path, value);
    else if (value !== '' && value !== null && value !== undefined) secrets.push(path.join('.'));
  }
  return { shown, secrets };
}

function isSecret(path: SettingPath, value: unknown, schema: SettingSchema | undefined): boolean {
  const marked = path.reduce<SettingSchema | undefined>((inner, key) => inner?.properties?.[key], schema)?.secret;
  if (marked || secretName.test(path.at(-1) ?? '')) return true;
  // Came from the environment or a file under a name that tells of a secret.
  const text = JSON.stringify(value) ?? '';
  return redactSecrets(text) !== text;
}

function put(target: Record<string, unknown>, [key = '', ...rest]: SettingPath, value: unknown): void {
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const inner = isMap(target[key]) ? target[key] : {};
  target[key] = inner;
  put(inner, rest, value);
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
