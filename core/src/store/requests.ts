import { createHash } from 'node:crypto';
import { MaestroError } from '../errors.js';
import type { Sql } from './database.js';
import { applyDelta, deflate, lengthOf, makeDelta, type Pieces } from './delta.js';
import type { NewProviderCall } from './step.js';

/** A request as its row holds it: a delta against `base_id`, or a keyframe where that is null. */
export interface StoredRequest {
  base_id: string | null;
  keep_prefix: number;
  keep_suffix: number;
  /** What stands between prefix and suffix, deflated. */
  body: Buffer;
  sha256: string;
  bytes: number;
}

/** A request in full, and what its chain of deltas has cost so far. */
interface Rebuilt {
  id: string;
  body: Buffer;
  /** Deltas between it and its keyframe. */
  links: number;
  deltaBytes: number;
  /** Stored over full size of the keyframe: what a full copy would cost now, without compressing one to find out. */
  ratio: number;
}

// A rebuild walks the whole chain. With a few MB of history, so many links stay well below half a second.
const longestChain = 100;
const cacheBytes = 64 << 20;

/**
 * Turns the bytes of requests into rows. Each request repeats the history before it, so a row holds only what
 * differs from the previous one of its conversation: growth is linear, and every request is still there to the byte.
 */
export class Requests {
  /** The newest request of each conversation, least recently used first. A miss costs a query, never correctness. */
  readonly #newest = new Map<string, Rebuilt>();
  #cached = 0;

  constructor(private readonly sql: Sql) {}

  /** Call `keep` once the row is committed. Any committed request of the conversation serves as a base. */
  async encode(conversationId: string, call: NewProviderCall): Promise<{ row: StoredRequest; keep: () => void }> {
    const previous = this.#newest.get(conversationId) ?? (await newestOf(this.sql, conversationId));
    const { row, rebuilt } = (previous && (await asDelta(previous, call))) ?? (await asKeyframe(call));
    return { row, keep: () => this.#remember(conversationId, rebuilt) };
  }

  #remember(conversationId: string, request: Rebuilt): void {
    this.#forget(conversationId);
    this.#newest.set(conversationId, request);
    this.#cached += request.body.length;
    for (const oldest of this.#newest.keys()) {
      if (this.#cached <= cacheBytes) break;
      this.#forget(oldest);
    }
  }

  #forget(conversationId: string): void {
    this.#cached -= this.#newest.get(conversationId)?.body.length ?? 0;
    this.#newest.delete(conversationId);
  }
}

interface Encoded {
  row: StoredRequest;
  rebuilt: Rebuilt;
}

/** Undefined where a full copy is cheaper, as after a compaction or a change of model. */
async function asDelta(previous: Rebuilt, call: NewProviderCall): Promise<Encoded | undefined> {
  const { body } = call;
  if (previous.links >= longestChain) return undefined;
  const { keepPrefix, keepSuffix, middle } = await makeDelta(previous.body, body);
  const deltaBytes = previous.deltaBytes + middle.length;
  if (deltaBytes > previous.ratio * body.length) return undefined;
  return {
    row: { base_id: previous.id, keep_prefix: keepPrefix, keep_suffix: keepSuffix, body: middle, ...identity(body) },
    rebuilt: { id: call.id, body, links: previous.links + 1, deltaBytes, ratio: previous.ratio },
  };
}

async function asKeyframe({ id, body }: NewProviderCall): Promise<Encoded> {
  const whole = await deflate(body);
  return {
    row: { base_id: null, keep_prefix: 0, keep_suffix: 0, body: whole, ...identity(body) },
    rebuilt: { id, body, links: 0, deltaBytes: 0, ratio: ratioOf(whole.length, body.length) },
  };
}

const identity = (body: Buffer) => ({ sha256: sha256(body), bytes: body.length });
const ratioOf = (stored: number, full: number) => stored / Math.max(full, 1);

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

interface ChainRow {
  id: string;
  keep_prefix: number;
  keep_suffix: number;
  body: Buffer;
  req_sha256: string;
  req_bytes: number;
}

async function newestOf(sql: Sql, conversationId: string): Promise<Rebuilt | undefined> {
  const { rows } = await sql.query<{ id: string }>(
    'select id from provider_calls where conversation_id = $1 order by ord desc limit 1',
    [conversationId],
  );
  return rows[0] ? rebuild(sql, rows[0].id) : undefined;
}

/**
 * The exact bytes of a stored request, or undefined when there is none of this id.
 * @throws MaestroError `call.corrupt` when they do not match the SHA-256 taken as they were sent
 */
export async function rebuild(sql: Sql, id: string): Promise<Rebuilt | undefined> {
  const { rows: chain } = await sql.query<ChainRow>(
    `with recursive chain as (
       select id, base_id, keep_prefix, keep_suffix, body, req_sha256, req_bytes, 0 as depth
       from provider_calls where id = $1
       union all
       select p.id, p.base_id, p.keep_prefix, p.keep_suffix, p.body, p.req_sha256, p.req_bytes, c.depth + 1
       from provider_calls p join chain c on p.id = c.base_id)
     select * from chain order by depth desc`,
    [id],
  );
  const [keyframe] = chain;
  const wanted = chain.at(-1);
  if (!keyframe || !wanted) return undefined;
  const body = await unfold(chain);
  if (!body || sha256(body) !== wanted.req_sha256) throw corrupt(id);
  const deltaBytes = chain.slice(1).reduce((sum, row) => sum + row.body.length, 0);
  return { id, body, links: chain.length - 1, deltaBytes, ratio: ratioOf(keyframe.body.length, keyframe.req_bytes) };
}

/** Undefined where a damaged row no longer inflates. */
async function unfold(chain: readonly ChainRow[]): Promise<Buffer | undefined> {
  let pieces: Pieces = [];
  for (const { keep_prefix, keep_suffix, body: middle, req_bytes } of chain) {
    try {
      pieces = await applyDelta(pieces, { keepPrefix: keep_prefix, keepSuffix: keep_suffix, middle });
    } catch {
      // Not deflate data any more. The caller says which request is lost.
      return undefined;
    }
    if (lengthOf(pieces) !== req_bytes) return undefined;
  }
  return Buffer.concat(pieces);
}

function corrupt(id: string): MaestroError {
  const message = `the stored request of call ${id} no longer matches its checksum; restore the database from a backup`;
  return new MaestroError('call.corrupt', message);
}
