import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Part } from '../../src/protocol/messages.js';
import { text } from '../../src/protocol/messages.js';
import { Blobs } from '../../src/store/blobs.js';
import { Composer } from '../../src/store/composer.js';
import { removeUnusedBlobs } from '../../src/store/unused-blobs.js';
import { adding, liveTurn, message, step, toolCall, useRecords } from '../records/support.js';

describe('bytes that nothing shows', () => {
  const records = useRecords();
  const never = new AbortController().signal;
  const image = (blob: string): Part => ({ v: 1, type: 'image', media_type: 'image/png', blob });
  const age = () => records.db.query(`update blobs set created_at = now() - interval '25 hours'`);

  it('are removed after a day, and those of messages, results, the queue and the composer are not', async () => {
    const blobs = new Blobs(records.db);
    const put = (name: string) => blobs.put(Buffer.from(name));
    const { conversationId, fence } = await records.begin();
    const [said, given, waits, typed, live] = await Promise.all(['said', 'given', 'waits', 'typed', 'live'].map(put));
    const result = {
      v: 1,
      type: 'tool_result',
      call_id: 'c',
      name: 'look',
      content: [image(given!)],
    } as unknown as Part;
    const add = (parts: Part[], role: 'user' | 'tool') => records.log.commit(fence, adding(message({ role, parts })));
    await add([image(said!), text('look')], 'user');
    await add([result], 'tool');
    const asked = message({ role: 'assistant' });
    const turnId = await liveTurn(records, fence);
    await records.log.commit(fence, adding(asked));
    await records.log.commit(fence, step([{ write: 'tool.add', calls: [toolCall(turnId, asked.id)] }]));
    await records.db.query('update tool_calls set result = $1', [JSON.stringify({ content: [image(live!)] })]);
    const queued = { id: randomUUID(), client_key: 'k', mode: 'queue' as const, text: 'x' };
    await records.log.commit(
      fence,
      step([{ write: 'queue.add', queued: { ...queued, attachments: [image(waits!)] as never } }]),
    );
    const { rows } = await records.db.query<{ session_id: string }>(
      'select s.session_id from sessions s join conversations c on c.session_id = s.id where c.id = $1',
      [conversationId],
    );
    await new Composer(records.db).put(rows[0]!.session_id, { text: '', attachments: [image(typed!)] });
    const again = await put('again');
    await put('nobody');
    await age();
    await put('again');
    const fresh = await put('fresh');

    expect(await removeUnusedBlobs(records.db, never)).to.equal(1);
    const left = await records.db.query<{ sha256: string }>('select sha256 from blobs order by 1');
    const kept = [said, given, waits, typed, live, again, fresh].sort();
    expect(left.rows.map(({ sha256 }) => sha256)).to.deep.equal(kept);

    await records.db.query('delete from conversations where id = $1', [conversationId]);
    await age();
    expect(await removeUnusedBlobs(records.db, never)).to.equal(6);
  });

  it('are found by an index, however long conversations are', async () => {
    const plan = await records.db.transaction(async (sql) => {
      await sql.query('set local enable_seqscan = off');
      const { rows } = await sql.query<{ 'QUERY PLAN': string }>(
        `explain select 1 from messages m where jsonb_path_exists(m.parts, '$.**.blob')
         and jsonb_path_query_array(m.parts, '$.**.blob') ? 'x'`,
      );
      return rows.map((row) => row['QUERY PLAN']).join('\n');
    });
    expect(plan).to.contain('messages_blobs');
  });
});
