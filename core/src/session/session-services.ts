import { MaestroError } from '../errors.js';
import type { SessionState } from '../extension/tool.js';
import { Blobs } from '../store/blobs.js';
import type { Database } from '../store/database.js';
import { storableJson } from '../store/safe-json.js';
import { partOf } from './attachments.js';
import { RASTER } from './seen-type.js';
import type { ToolServices } from './tool-services.js';

/** What tools keep: bytes, and what they remember of a session. */
export function sessionServices(database: Database): Pick<ToolServices, 'keep' | 'state'> {
  const blobs = new Blobs(database);
  return {
    keep: async (bytes, { mediaType, name }) => {
      const part = partOf({ name, blob: await blobs.put(bytes) }, bytes);
      // A tool knows kinds of file that bytes do not tell; it is not believed that they are an image.
      return part.type === 'image' || RASTER.has(mediaType) ? part : { ...part, media_type: mediaType };
    },
    state: (sessionId) => stateOf(database, sessionId),
  };
}

const mostBytes = 1_048_576;

function stateOf(database: Database, sessionId: string): SessionState {
  return {
    async get<T>(key: string) {
      const { rows } = await database.query<{ value: T }>(
        'select value from session_state where key = $2 and session_id = (select id from sessions where session_id = $1)',
        [sessionId, key],
      );
      return rows[0]?.value;
    },
    async set(key, value) {
      const json = storableJson(value ?? null);
      if (Buffer.byteLength(json) > mostBytes) {
        throw new MaestroError('tool.state_too_large', `what "${key}" would remember is larger than 1 MiB; keep less`);
      }
      await database.query(
        `insert into session_state (session_id, key, value) select id, $2, $3::jsonb from sessions where session_id = $1
         on conflict (session_id, key) do update set value = excluded.value, updated_at = now()`,
        [sessionId, key, json],
      );
    },
  };
}
