import { randomUUID } from 'node:crypto';
import { MaestroError } from '../errors.js';
import type { Dispose } from '../extension/registry.js';
import type { NewTemplateBody, TemplatePatchBody } from '../protocol/api.js';
import type { TemplateResource } from '../protocol/resources.js';
import type { Database } from './database.js';
import { storable, storableJson, storableText } from './safe-json.js';
import { isoTime, isUuid } from './wire.js';

type Source = TemplateResource['source'];
type Row = Omit<TemplateResource, 'created_at' | 'updated_at'> & { created_at: Date; updated_at: Date };

/**
 * Agents that can be made again and again. What ships is replaced by a newer version until a person changes it; what
 * is a file is changed there alone. Wherever one is named, its id or its name will do.
 */
export class Templates {
  readonly #listeners = new Set<() => void>();

  constructor(private readonly db: Database) {}

  async list(): Promise<TemplateResource[]> {
    const { rows } = await this.db.query<Row>(`select ${shown} from agent_templates order by name`);
    return rows.map(resource);
  }

  async find(idOrName: string): Promise<TemplateResource | undefined> {
    const where = isUuid(idOrName) ? 'id = $1::uuid or name = $1::text' : 'name = $1';
    const { rows } = await this.db.query<Row>(`select ${shown} from agent_templates where ${where}`, [
      storableText(idOrName),
    ]);
    return rows[0] && resource(rows[0]);
  }

  /** @throws MaestroError `template.unknown` */
  async get(idOrName: string): Promise<TemplateResource> {
    const found = await this.find(idOrName);
    if (found) return found;
    const message = `there is no template "${idOrName}"; list them with \`maestro template list\``;
    throw new MaestroError('template.unknown', message);
  }

  /** @throws MaestroError `template.exists` */
  async create(body: NewTemplateBody, source: 'user' | 'imported' = 'user'): Promise<TemplateResource> {
    const { rows } = await this.db.query<Row>(
      `${insert} on conflict (name) do nothing returning ${shown}`,
      values(body, source),
    );
    if (!rows[0]) throw taken(body.name);
    this.#changed();
    return resource(rows[0]);
  }

  /**
   * What ships becomes the person's own with the first change.
   *
   * @throws MaestroError `template.unknown`, `template.exists`, `template.is_file`
   */
  async patch(idOrName: string, change: TemplatePatchBody): Promise<TemplateResource> {
    const before = await this.get(idOrName);
    refuseFile(before);
    const columns = Object.entries(storable(change)).filter(([, value]) => value !== undefined);
    const sets = columns.map(([column], index) => `${changeable(column)} = $${index + 2}`);
    const source = before.source === 'shipped' ? ["source = 'user'"] : [];
    const params = columns.map(([, value]) => (Array.isArray(value) ? storableJson(value) : value));
    const { rows } = await this.db
      .query<Row>(
        `update agent_templates set ${['updated_at = now()', ...source, ...sets].join(', ')} where id = $1 returning ${shown}`,
        [before.id, ...params],
      )
      .catch((cause: { code?: string }) => {
        throw cause.code === uniqueViolation ? taken(change.name ?? before.name) : cause;
      });
    this.#changed();
    return rows[0] ? resource(rows[0]) : this.get(before.id);
  }

  /** @throws MaestroError `template.unknown`, `template.is_file` */
  async remove(idOrName: string): Promise<void> {
    const found = await this.get(idOrName);
    refuseFile(found);
    await this.db.query('delete from agent_templates where id = $1', [found.id]);
    this.#changed();
  }

  /** Enters what a package brings along; what a person made of it stays. */
  async ship(bodies: readonly NewTemplateBody[]): Promise<void> {
    await this.#enter(
      bodies.map((body) => values(body, 'shipped')),
      "agent_templates.source = 'shipped'",
    );
  }

  /**
   * Makes the rows of one folder what its files say. A file counts above what ships, not above what a person saved.
   *
   * @returns the names that stay what a person saved
   */
  async syncFiles(files: readonly { path: string; body: NewTemplateBody }[]): Promise<string[]> {
    const paths = files.map(({ path }) => path);
    const { rowCount } = await this.db.query(
      "delete from agent_templates where source = 'file' and not (path = any($1::text[]) and name = any($2::text[]))",
      [paths, files.map(({ body }) => body.name)],
    );
    if (rowCount) this.#changed();
    const rows = files.map(({ path, body }) => values(body, 'file', path));
    return this.#enter(rows, "agent_templates.source in ('shipped', 'file')");
  }

  /** Called after templates were added, changed or removed by this process. `fn` must not throw. */
  onChange(fn: () => void): Dispose {
    this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }

  /** @returns names whose rows may not be replaced */
  async #enter(rows: readonly unknown[][], replaceable: string): Promise<string[]> {
    let changed = 0;
    const kept: string[] = [];
    for (const params of rows) {
      const { rowCount } = await this.db.query(
        `${insert} on conflict (name) do update set ${replaced} where ${replaceable} and ${differs}`,
        params,
      );
      changed += rowCount ?? 0;
      if (rowCount) continue;
      const stays = await this.db.query(`select 1 from agent_templates where name = $1 and not (${replaceable})`, [
        params[1],
      ]);
      if (stays.rows.length > 0) kept.push(String(params[1]));
    }
    if (changed > 0) this.#changed();
    return kept;
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}

const uniqueViolation = '23505';
const columns = [
  'role',
  'description',
  'system_prompt',
  'preferred_provider',
  'preferred_model',
  'tools',
  'mcps',
  'source',
  'path',
] as const;
/** With how many sessions were made from it. */
const shown = '*, (select count(*)::int from sessions where sessions.template = agent_templates.name) as runs';
const insert = `insert into agent_templates (id, name, ${columns.join(', ')})
  values ($1, $2, ${columns.map((_, index) => `$${index + 3}`).join(', ')})`;
const replaced = `updated_at = now(), ${columns.map((column) => `${column} = excluded.${column}`).join(', ')}`;
const differs = `(${columns.map((column) => `agent_templates.${column}`).join(', ')}) is distinct from
  (${columns.map((column) => `excluded.${column}`).join(', ')})`;

function values(body: NewTemplateBody, source: Source, path: string | null = null): unknown[] {
  const { name, role, description, system_prompt, preferred_provider, preferred_model, tools, mcps } = storable(body);
  return [
    randomUUID(),
    name,
    role ?? null,
    description ?? '',
    system_prompt,
    preferred_provider ?? null,
    preferred_model ?? null,
    storableJson(tools ?? []),
    storableJson(mcps ?? []),
    source,
    path,
  ];
}

/** The names come from here, never from a caller. */
function changeable(column: string): string {
  const known = ['name', ...columns].find((one) => one === column);
  if (!known || known === 'source' || known === 'path') throw new TypeError(`"${column}" cannot be set`);
  return known;
}

function refuseFile({ source, path, name }: TemplateResource): void {
  if (source !== 'file') return;
  throw new MaestroError('template.is_file', `the template "${name}" is the file ${path}; change or remove it there`);
}

function taken(name: string): MaestroError {
  return new MaestroError(
    'template.exists',
    `there is a template "${name}" already; change it, or choose another name`,
  );
}

function resource(row: Row): TemplateResource {
  const { created_at, updated_at, ...rest } = row;
  return { ...rest, created_at: isoTime(created_at), updated_at: isoTime(updated_at) };
}
