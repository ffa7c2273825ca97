import { expect } from 'chai';
import type { Database } from '../../src/store/database.js';
import { Instances } from '../../src/store/ownership.js';
import { openTestDatabase, quiet, type TestDatabase } from '../../src/testing/database.js';
import { addConversation } from './rows.js';

describe('ownership of conversations', () => {
  let db: Database & TestDatabase;
  const servers: Instances[] = [];
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.close();
    await db.query('delete from sessions');
    await db.query('delete from instances');
  });

  async function server(alone = false): Promise<Instances> {
    const instances = new Instances(db, quiet);
    await instances.register({ host: 'here', pid: servers.length + 1, alone });
    servers.push(instances);
    return instances;
  }
  const silence = (instances: Instances, seconds: number) =>
    db.query('update instances set heartbeat_at = now() - make_interval(secs => $2) where id = $1', [
      instances.id,
      seconds,
    ]);

  it('is taken of all that nobody owns, with an epoch one higher', async () => {
    const one = await addConversation(db);
    const two = await addConversation(db);
    const first = await server();
    const claims = await first.claim('all');
    expect(claims).to.have.deep.members([
      { conversationId: one.conversationId, epoch: 1 },
      { conversationId: two.conversationId, epoch: 1 },
    ]);
    expect(await first.claim('all')).to.deep.equal([]);
  });

  it('is taken of the given ones only', async () => {
    const one = await addConversation(db);
    await addConversation(db);
    const first = await server();
    expect(await first.claim([one.conversationId])).to.deep.equal([{ conversationId: one.conversationId, epoch: 1 }]);
    expect(await first.claim([])).to.deep.equal([]);
  });

  it('is not taken from a server that lives', async () => {
    const { conversationId } = await addConversation(db);
    const [first, second] = [await server(), await server()];
    await first.claim('all');
    expect(await second.claim('all')).to.deep.equal([]);
    expect(await second.own(conversationId)).to.equal(null);
    expect(await second.ownerOf(conversationId)).to.deep.equal({ host: 'here', pid: 1 });
    await silence(first, 9);
    expect(await second.claim('all')).to.deep.equal([]);
  });

  it('is taken from one that is silent for ten seconds, and the epoch tells', async () => {
    const { conversationId } = await addConversation(db);
    const [first, second] = [await server(), await server()];
    await first.claim('all');
    await silence(first, 11);
    expect(await second.claim('all')).to.deep.equal([{ conversationId, epoch: 2 }]);
    await first.beat();
    expect(await first.own(conversationId)).to.equal(null);
  });

  it('of one conversation is told as it is, or taken', async () => {
    const { conversationId } = await addConversation(db);
    const first = await server();
    expect(await first.own(conversationId)).to.deep.equal({ conversationId, epoch: 1 });
    expect(await first.own(conversationId)).to.deep.equal({ conversationId, epoch: 1 });
    expect(await first.own('00000000-0000-4000-8000-000000000000')).to.equal(null);
  });

  it('goes to exactly one of several that ask at once', async () => {
    const wanted = await Promise.all(Array.from({ length: 8 }, () => addConversation(db)));
    const all = await Promise.all([server(), server(), server()]);
    const claims = (await Promise.all(all.map((instances) => instances.claim('all')))).flat();
    expect(claims.map((claim) => claim.conversationId)).to.have.members(wanted.map((row) => row.conversationId));
    expect(new Set(claims.map((claim) => claim.epoch))).to.deep.equal(new Set([1]));
  });

  it('ends with the server, so that the next need not wait', async () => {
    const { conversationId } = await addConversation(db);
    const first = new Instances(db, quiet);
    await first.register({ host: 'here', pid: 1, alone: false });
    await first.claim('all');
    await first.close();
    await first.close();
    const second = await server();
    expect(await second.ownerOf(conversationId)).to.equal(null);
    expect(await second.claim('all')).to.deep.equal([{ conversationId, epoch: 2 }]);
  });

  it('of servers before it falls at once to one that holds the database alone', async () => {
    const { conversationId } = await addConversation(db);
    const dead = await server();
    await dead.claim('all');
    const next = await server(true);
    expect(await next.claim('all')).to.deep.equal([{ conversationId, epoch: 2 }]);
  });

  it('survives the loss of the row by which a server says that it lives', async () => {
    const { conversationId } = await addConversation(db);
    const first = await server();
    await first.claim('all');
    await db.query('delete from instances');
    await first.beat();
    expect(await (await server()).claim('all')).to.deep.equal([]);
    expect(await first.own(conversationId)).to.deep.equal({ conversationId, epoch: 1 });
  });

  it('beats by itself', async () => {
    const first = await server();
    await silence(first, 60);
    let age = 60;
    while (age > 30) {
      const { rows } = await db.query<{ age: number }>(
        'select extract(epoch from now() - heartbeat_at)::float8 as age from instances where id = $1',
        [first.id],
      );
      age = rows[0]!.age;
    }
    expect(age).to.be.lessThan(30);
  });

  it('goes on when a beat fails, and says so', async () => {
    const said: string[] = [];
    const broken = Object.create(db) as Database;
    let fails = false;
    broken.query = ((text: string, params?: unknown[]) =>
      fails ? Promise.reject(new Error('away')) : db.query(text, params)) as Database['query'];
    const instances = new Instances(broken, { ...quiet, warn: (message) => said.push(message) });
    await instances.register({ host: 'here', pid: 9, alone: false });
    fails = true;
    while (!said.length) await new Promise((done) => setTimeout(done, 50));
    fails = false;
    await instances.close();
    expect(said[0]).to.contain('heartbeat');
  });

  it('needs a registration', () => {
    expect(() => new Instances(db, quiet).id)
      .to.throw()
      .with.property('code', 'instance.unregistered');
  });
});
