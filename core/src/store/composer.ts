import { MaestroError } from '../errors.js';
import type { Database } from './database.js';
import { storableJson, storableText } from './safe-json.js';

/** What a person is typing in a session, kept so that it survives a reload and shows on other devices. */
export interface ComposerDraft {
  text: string;
  attachments: unknown[];
}

export class Composer {
  constructor(private readonly db: Database) {}

  async get(sessionId: string): Promise<ComposerDraft> {
    const { rows } = await this.db.query<ComposerDraft>(
      `select coalesce(c.text, '') as text, coalesce(c.attachments, '[]') as attachments
       from sessions s left join composer_drafts c on c.session_id = s.id where s.session_id = $1`,
      [storableText(sessionId)],
    );
    return rows[0] ?? gone(sessionId);
  }

  async put(sessionId: string, draft: ComposerDraft): Promise<ComposerDraft> {
    const { rows } = await this.db.query<ComposerDraft>(
      `insert into composer_drafts (session_id, text, attachments) select id, $2, $3 from sessions where session_id = $1
       on conflict (session_id) do update set text = excluded.text, attachments = excluded.attachments, updated_at = now()
       returning text, attachments`,
      [storableText(sessionId), storableText(draft.text), storableJson(draft.attachments)],
    );
    return rows[0] ?? gone(sessionId);
  }
}

function gone(sessionId: string): never {
  throw new MaestroError('session.unknown', `there is no session "${sessionId}"; it may have been removed`);
}
