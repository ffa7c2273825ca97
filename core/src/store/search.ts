import { MaestroError } from '../errors.js';
import type { List, SearchHit } from '../protocol/resources.js';
import type { Database } from './database.js';
import { storableText } from './safe-json.js';
import { cursor, isoTime, isUuid } from './wire.js';

export interface SearchQuery {
  q: string;
  /** Only in the current conversation of this session. */
  session?: string;
  /** 1 to 200; 50 if not given. */
  limit?: number;
  cursor?: string | null;
}

/** Characters of an excerpt before the first word that was found, and in all. */
const BEFORE = 60;
const EXCERPT = 240;
/** More words narrow nothing down. */
const MOST_WORDS = 16;

/** Finds words in sessions and in what was said in their current conversations: all of them, each as the beginning of one. */
export class Search {
  constructor(private readonly db: Database) {}

  /** Sessions first, then messages, newest first. Nothing to look for finds nothing. */
  async find({ q, session, limit: wanted = 50, cursor: from }: SearchQuery): Promise<List<SearchHit>> {
    const words = wordsOf(q);
    if (words.length === 0) return { items: [], next: null };
    const limit = Math.min(Math.max(wanted, 1), 200);
    const sessions = session === undefined && !from ? await this.#sessions(q) : [];
    const { rows } = await this.db.query<HitRow>(session === undefined ? everywhere : inSession, [
      words.map((word) => `'${word}':*`).join(' & '),
      words[0],
      limit + 1,
      ...(session === undefined ? afterTime(from) : [afterPos(from), storableText(session)]),
    ]);
    const found = rows.slice(0, limit);
    const last = rows.length > limit ? found.at(-1) : undefined;
    return { items: [...sessions, ...found.map(toHit)], next: last ? cursor.write([last.cursor_at, last.id]) : null };
  }

  async #sessions(q: string): Promise<SearchHit[]> {
    const pattern = `%${storableText(q.trim()).replace(/[\\%_]/g, '\\$&')}%`;
    const { rows } = await this.db.query<SessionHitRow>(foundSessions, [pattern]);
    return rows.map(({ last_activity_at, working_directory, ...row }) => ({
      ...row,
      ...{ message_id: null, pos: null, role: null },
      excerpt: working_directory,
      at: isoTime(last_activity_at),
    }));
  }
}

type SessionHitRow = Pick<SearchHit, 'session_id' | 'agent_name' | 'title'> & {
  working_directory: string;
  last_activity_at: Date;
};

type HitRow = Pick<SearchHit, 'session_id' | 'agent_name' | 'title' | 'pos' | 'role'> & {
  id: string;
  created_at: Date;
  cursor_at: string;
  around: string | null;
};

function toHit({ id, created_at, cursor_at: _cursor, around, ...row }: HitRow): SearchHit {
  const excerpt = (around ?? '').replace(/\s+/g, ' ').trim();
  return { ...row, message_id: id, excerpt, at: isoTime(created_at) };
}

/** As the index holds them: parted by signs, which match nothing. */
function wordsOf(q: string): string[] {
  const plain = storableText(q)
    .toLowerCase()
    .replace(/[!-/:-@[-`{-~]/g, ' ');
  return [...new Set(plain.split(/\s+/))].filter((word) => /[\p{L}\p{N}]/u.test(word)).slice(0, MOST_WORDS);
}

function afterTime(text: string | null | undefined): [at: string, id: string] {
  if (!text) return ['infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff'];
  const [at, id] = cursor.read(text) ?? [];
  if (at && id && /^\d{4}-[\d-]+ [\d:.]+[+-]\d/.test(at) && isUuid(id)) return [at, id];
  throw notOurs();
}

function afterPos(text: string | null | undefined): number {
  if (!text) return 2 ** 31 - 1;
  const pos = Number(cursor.read(text)?.[0]);
  if (Number.isInteger(pos) && pos > 0 && pos < 2 ** 31) return pos;
  throw notOurs();
}

function notOurs(): MaestroError {
  return new MaestroError('cursor.invalid', 'this cursor is not one of ours; start the list anew without it');
}

const foundSessions = `select session_id, agent_name, title, working_directory, last_activity_at from sessions
  where parent_session_id is null and concat_ws(' ', agent_name, title, model, working_directory) ilike $1
  order by last_activity_at desc, id desc limit 10`;

/** Excerpts are cut from the few that are shown: the text of a message is made anew each time it is asked for. */
const withExcerpt = (found: string, order: string) => `with found as materialized (${found})
  select f.id, f.session_id, f.agent_name, f.title, f.pos, f.role, f.created_at, f.cursor_at,
    substr(t.words, greatest(1, strpos(lower(t.words), $2) - ${BEFORE}), ${EXCERPT}) as around
  from found f cross join lateral (select message_text(f.parts) as words) t order by ${order}`;

const columns = 'm.id, s.session_id, s.agent_name, s.title, m.pos, m.role, m.parts, m.created_at';

const everywhere = withExcerpt(
  `select ${columns}, m.created_at::text as cursor_at
   from messages m join sessions s on s.current_conversation_id = m.conversation_id
   where message_words(m.parts) @@ to_tsquery('simple', $1) and (m.created_at, m.id) < ($4::timestamptz, $5::uuid)
   order by m.created_at desc, m.id desc limit $3`,
  'f.created_at desc, f.id desc',
);

const inSession = withExcerpt(
  `select ${columns}, m.pos::text as cursor_at
   from messages m join sessions s on s.current_conversation_id = m.conversation_id
   where message_words(m.parts) @@ to_tsquery('simple', $1) and m.pos < $4 and s.session_id = $5
   order by m.pos desc limit $3`,
  'f.pos desc',
);
