import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Database } from '../../src/store/database.js';
import { ConversationRow, EventRow, entities, SessionRow } from '../../src/store/entities/index.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';

describe('the entities', () => {
  let db: Database & TestDatabase;
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());

  // Left out by the generator, both ways: that `drafts` is unlogged.
  const difference = () => db.orm.schema.getUpdateSchemaSQL({ wrap: false });

  it('describe exactly what the migrations made', async () => {
    expect((await difference()).trim()).to.equal('');
  });

  it('cover every table but the one of the migrations', async () => {
    const { rows } = await db.query<{ name: string }>(
      `select tablename as name from pg_tables where schemaname = 'public' order by tablename`,
    );
    const tables = rows.map((row) => row.name).filter((name) => name !== 'mikro_orm_migrations');
    const described = [...db.orm.getMetadata().getAll().values()].map((entity) => entity.tableName);
    expect(described).to.have.length(entities.length);
    expect(tables).to.deep.equal(described.sort());
  });

  for (const [change, undo] of [
    ['alter table messages add column extra int', 'alter table messages drop column extra'],
    ['alter table sessions alter column title set not null', 'alter table sessions alter column title drop not null'],
    [
      'alter table messages drop constraint messages_conversation_id_pos_key',
      'alter table messages add constraint messages_conversation_id_pos_key unique (conversation_id, pos)',
    ],
    [
      'drop index turns_one_live',
      `create unique index turns_one_live on turns (conversation_id) where state in ('queued', 'calling', 'tools')`,
    ],
  ] as const) {
    it(`would be caught differing: ${change}`, async () => {
      await db.query(change);
      try {
        expect((await difference()).trim()).not.to.equal('');
      } finally {
        await db.query(undo);
      }
    });
  }

  it('read and write rows in natural types', async () => {
    const em = db.em();
    const [id, conversation] = [randomUUID(), randomUUID()];
    em.create(SessionRow, {
      id,
      session_id: 'a',
      agent_name: 'A',
      provider: 'p',
      model: 'm',
      working_directory: '/',
      system_prompt: '',
      current_conversation_id: conversation,
      total_cost_usd: '0.000000000001',
    });
    em.create(ConversationRow, { id: conversation, session_id: id });
    await em.flush();
    em.create(EventRow, { conversation_id: conversation, seq: 1, type: 'notice', payload: { n: 1 } });
    await em.flush();

    const session = await db.em().findOneOrFail(SessionRow, { session_id: 'a' });
    expect(session).to.include({ total_cost_usd: '0.000000000001', request_tokens: 0, status: 'idle', title: null });
    expect(session.tools).to.deep.equal({});
    expect(session.created_at).to.be.instanceOf(Date);
    const event = await db.em().findOneOrFail(EventRow, { conversation_id: conversation, seq: 1 });
    expect(event.payload).to.deep.equal({ n: 1 });
    const found = await db.em().findOneOrFail(ConversationRow, { id: conversation });
    expect(found).to.include({ session_id: id, last_seq: 0, epoch: 0, owner: null });
  });
});
