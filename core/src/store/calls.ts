import { MaestroError } from '../errors.js';
import type { CallResource, List } from '../protocol/resources.js';
import type { Database } from './database.js';
import { inflate } from './delta.js';
import { rebuild } from './requests.js';
import { isoTime, isUuid, money } from './wire.js';

/** Provider calls: what was sent, to the byte, and what came back. */
export class Calls {
  constructor(private readonly db: Database) {}

  /**
   * The newest `limit` (all if not given) before the number `before`, oldest first; `next` is the `before` of the next
   * page. When each piece of an answer came is left out.
   */
  async page(conversationId: string, { limit, before }: CallsPage = {}): Promise<List<CallResource>> {
    const { rows } = await this.db.query<CallRow>(
      `select ${callColumns}, timing - 'arrivals' as timing from provider_calls
       where conversation_id = $1 and ord < $2 order by ord desc limit $3`,
      [conversationId, before ?? afterAll, limit === undefined ? null : limit + 1],
    );
    const items = rows.slice(0, limit).reverse().map(toCall);
    return { items, next: rows.length > items.length ? String(items[0]?.ord) : null };
  }

  /** @throws MaestroError `call.unknown` */
  async get(id: string): Promise<CallResource> {
    return toCall(await this.#row<CallRow>(id, `${callColumns}, timing`));
  }

  /**
   * The body exactly as sent, checked against its SHA-256.
   * @throws MaestroError `call.unknown`, `call.corrupt`
   */
  async request(id: string): Promise<Buffer> {
    const request = isUuid(id) ? await rebuild(this.db, id) : undefined;
    if (!request) throw unknown(id);
    return request.body;
  }

  /** The raw answer after decompression, empty where none came. */
  async response(id: string): Promise<Buffer> {
    const { resp } = await this.#row<{ resp: Buffer | null }>(id, 'resp');
    return resp ? inflate(resp) : Buffer.alloc(0);
  }

  async #row<Row extends object>(id: string, columns: string): Promise<Row> {
    if (!isUuid(id)) throw unknown(id);
    const { rows } = await this.db.query<Row>(`select ${columns} from provider_calls where id = $1`, [id]);
    if (!rows[0]) throw unknown(id);
    return rows[0];
  }
}

export interface CallsPage {
  limit?: number;
  before?: number;
}

const afterAll = 2 ** 31 - 1;

function unknown(id: string): MaestroError {
  return new MaestroError('call.unknown', `there is no call ${id}; its session may have been removed`);
}

const callColumns = `id, conversation_id, turn_id, ord, attempt, state, provider, model, method, url, req_headers as request_headers,
  req_bytes as request_bytes, req_sha256 as request_sha256, status as response_status, resp_headers as response_headers,
  resp_bytes as response_bytes, provider_request_id, credential_id, activity, request_tokens, response_tokens, cached_tokens, cache_write_tokens,
  reasoning_tokens, total_cost_usd, estimated, price_source, profile, error, started_at, first_byte_at, ended_at`;

type Times = 'started_at' | 'first_byte_at' | 'ended_at';
type CallRow = Omit<CallResource, Times> & { started_at: Date; first_byte_at: Date | null; ended_at: Date | null };

function toCall(row: CallRow): CallResource {
  const { started_at, first_byte_at, ended_at } = row;
  return {
    ...row,
    total_cost_usd: money(row.total_cost_usd),
    started_at: isoTime(started_at),
    first_byte_at: isoTime(first_byte_at),
    ended_at: isoTime(ended_at),
  };
}
