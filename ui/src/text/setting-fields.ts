/** As much of the JSON schema of a plugin's settings as a form is made of. */
export interface SettingSchema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: readonly unknown[];
  anyOf?: readonly SettingSchema[];
  properties?: Readonly<Record<string, SettingSchema>>;
  required?: readonly string[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
}

export interface SettingField {
  /** Dotted. */
  path: string;
  /** The map it stands in, as a heading; empty at the top. */
  group: string;
  label: string;
  hint: string;
  kind: 'text' | 'number' | 'whole' | 'switch' | 'choice' | 'secret' | 'json';
  choices: readonly string[];
  /** As it counts now; a secret has none. */
  value: unknown;
  schema: SettingSchema;
}

type Settings = Readonly<Record<string, unknown>>;

const secretName = /(secret|password|passphrase|token)$/i;

/** One field for each setting, in the order of the schema; maps with known keys become groups. */
export function settingFields(schema: unknown, settings: Settings, secrets: readonly string[]): SettingField[] {
  return fieldsOf(schema as SettingSchema | null, settings, secrets, [], '');
}

function fieldsOf(
  schema: SettingSchema | null,
  settings: Settings,
  secrets: readonly string[],
  above: readonly string[],
  group: string,
): SettingField[] {
  return Object.entries(schema?.properties ?? {}).flatMap(([key, inner]) => {
    const path = [...above, key];
    const value = settings[key] ?? inner.default;
    const label = inner.title ?? words(key);
    if (inner.properties) return fieldsOf(inner, isMap(value) ? value : {}, secrets, path, label);
    const dotted = path.join('.');
    const isSecret =
      secrets.includes(dotted) || (inner as { secret?: boolean }).secret === true || secretName.test(key);
    const field = { path: dotted, group, label, hint: inner.description ?? '', value, schema: inner };
    return [{ ...field, choices: choicesOf(inner), kind: isSecret ? 'secret' : kindOf(inner) }];
  });
}

function kindOf(schema: SettingSchema): SettingField['kind'] {
  if (choicesOf(schema).length > 0) return 'choice';
  if (schema.type === 'boolean') return 'switch';
  if (schema.type === 'integer') return 'whole';
  if (schema.type === 'number') return 'number';
  return schema.type === 'string' ? 'text' : 'json';
}

/** Texts it may be; empty where it may be anything else. */
function choicesOf({ enum: listed, anyOf, const: only }: SettingSchema): readonly string[] {
  const all = listed ?? anyOf?.map((one) => one.const) ?? (only === undefined ? [] : [only]);
  return all.every((one): one is string => typeof one === 'string') ? all : [];
}

/** `baseUrl` is `Base url`. */
function words(key: string): string {
  const split = key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .toLowerCase();
  return split.charAt(0).toUpperCase() + split.slice(1);
}

/** What stands in the field: what was typed, else what counts. */
export function shownIn({ kind, value }: SettingField): string {
  if (kind === 'json') return value === undefined ? '' : JSON.stringify(value, null, 2);
  return value === undefined || value === null ? '' : String(value);
}

/** What is wrong with what was typed; empty where nothing is. */
export function problemIn({ kind, schema }: SettingField, typed: string | boolean): string {
  if (typeof typed === 'boolean') return '';
  if (kind === 'json') return isJson(typed) ? '' : 'This is no JSON. Check quotes, commas and brackets.';
  if (kind === 'number' || kind === 'whole') return numberProblem(typed, kind, schema);
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern } = schema;
  if (kind === 'choice' || (kind === 'secret' && typed === '')) return '';
  if (typed.length < minLength) return minLength === 1 ? 'Needs a value.' : `Needs ${minLength} characters or more.`;
  if (typed.length > maxLength) return `May have ${maxLength} characters at most.`;
  return pattern && !fits(pattern, typed) ? `Has to fit ${pattern}` : '';
}

function numberProblem(typed: string, kind: 'number' | 'whole', { minimum, maximum }: SettingSchema): string {
  if (typed.trim() === '') return '';
  const value = Number(typed);
  if (!Number.isFinite(value)) return 'This is no number.';
  if (kind === 'whole' && !Number.isInteger(value)) return 'Needs a whole number.';
  if (minimum !== undefined && value < minimum) return `Needs ${minimum} or more.`;
  if (maximum !== undefined && value > maximum) return `May be ${maximum} at most.`;
  return '';
}

function fits(pattern: string, text: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(text);
  } catch {
    // A pattern this browser cannot read: the server checks it.
    return true;
  }
}

function isJson(text: string): boolean {
  try {
    if (text.trim() !== '') JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** What is sent: only what was changed, and null for what is to have its default again. */
export function changed(fields: readonly SettingField[], typed: ReadonlyMap<string, string | boolean>): Settings {
  const settings: Record<string, unknown> = {};
  for (const field of fields) {
    const value = typed.get(field.path);
    if (value === undefined || value === (field.kind === 'switch' ? field.value === true : shownIn(field))) continue;
    put(settings, field.path.split('.'), sent(field, value));
  }
  return settings;
}

function sent({ kind }: SettingField, typed: string | boolean): unknown {
  if (typeof typed === 'boolean') return typed;
  if (kind === 'number' || kind === 'whole') return typed.trim() === '' ? null : Number(typed);
  if (kind === 'json') return typed.trim() === '' ? null : JSON.parse(typed);
  return typed;
}

function put(target: Record<string, unknown>, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const inner = isMap(target[key]) ? target[key] : {};
  target[key] = inner;
  put(inner, rest, value);
}

/** The places the server's words name, by path; what names none stands under the empty path. */
export function problemsOf(message: string, fields: readonly SettingField[]): Map<string, string> {
  const found = new Map<string, string>();
  const said = message.replace(/^[^:]*: /, '');
  for (const part of said.split('; ')) {
    const field = fields.find(({ path }) => part.startsWith(`${path} `));
    const path = field?.path ?? '';
    const words = field ? part.slice(path.length + 1) : part;
    found.set(path, [found.get(path), words].filter(Boolean).join('; '));
  }
  return found;
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
