import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Secret } from '../../src/secret.js';
import type { Database } from '../../src/store/database.js';
import { KeyRotation } from '../../src/store/key-rotation.js';
import { openMasterKey } from '../../src/store/master-key.js';
import { McpServers } from '../../src/store/mcp-servers.js';
import { ToolServers } from '../../src/store/tool-servers.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { codeOf } from './rows.js';

const remote = { name: 'tracker', transport: 'http', url: 'https://mcp.example/mcp' } as const;
const token = 'Bearer very-secret-token';

describe('saved MCP servers', function () {
  this.timeout(30_000);
  let db: Database & TestDatabase;
  let keysDir: string;
  beforeEach(async () => {
    db = await openTestDatabase();
    keysDir = mkdtempSync(join(tmpdir(), 'maestro-mcp-'));
  });
  afterEach(async () => {
    await db.drop();
    rmSync(keysDir, { recursive: true, force: true });
  });
  const open = async () => {
    const key = await openMasterKey({ db, keysDir });
    return { key, servers: new McpServers(db, key) };
  };

  it('show names of what is secret, never values, and store neither in plain', async () => {
    const { servers } = await open();
    const made = await servers.create({ ...remote, headers: { Authorization: token } });
    expect(made).to.deep.include({ name: 'tracker', headers: ['Authorization'], env: [], is_enabled: true });
    expect(JSON.stringify(await servers.list())).not.to.include('very-secret');
    const { rows } = await db.query('select * from mcp_servers');
    expect(JSON.stringify(rows)).not.to.include('very-secret').and.not.to.include('Authorization');
    const opened = await servers.open('tracker');
    expect(opened.headers.Authorization?.use((value) => value)).to.equal(token);
  });

  it('keep the names a change does not give, and lose those it takes away', async () => {
    const { servers } = await open();
    const { id } = await servers.create({
      name: 'files',
      transport: 'stdio',
      command: 'serve',
      env: { ONE: 'first', TWO: 'second' },
    });
    const changed = await servers.patch(id, { env: { TWO: null, THREE: 'third' }, is_enabled: false });
    expect(changed).to.deep.include({ env: ['ONE', 'THREE'], is_enabled: false, command: 'serve' });
    const { env } = await servers.open(id);
    expect(env.ONE?.use((value) => value)).to.equal('first');
  });

  it('refuse what cannot be reached, and a name that is taken', async () => {
    const { servers } = await open();
    await servers.create(remote);
    expect(await codeOf(servers.create(remote))).to.equal('mcp.exists');
    const wrong = [
      { name: 'a', transport: 'http' },
      { name: 'b', transport: 'stdio' },
      { name: 'c', transport: 'stdio', command: 'x', url: 'http://x' },
      { name: 'd', transport: 'sse', url: 'file:///etc/passwd' },
      { name: 'e', transport: 'http', url: 'https://user:word@mcp.example' },
    ] as const;
    for (const body of wrong) expect(await codeOf(servers.create(body)), body.name).to.equal('mcp.invalid');
    expect(await codeOf(servers.get('nobody'))).to.equal('mcp.unknown');
  });

  it('forget a sign-in with the address it was made for', async () => {
    const { servers } = await open();
    const { id } = await servers.create(remote);
    await servers.changeLogin(id, async () => new Secret('tokens'));
    await servers.patch(id, { description: 'issues' });
    expect((await servers.open(id)).oauth?.use((value) => value)).to.equal('tokens');
    await servers.patch(id, { url: 'https://other.example/mcp' });
    expect((await servers.open(id)).oauth).to.equal(null);
  });

  it('do not open in another row or column', async () => {
    const { servers } = await open();
    const one = await servers.create({ ...remote, headers: { A: 'first-secret' } });
    const two = await servers.create({ ...remote, name: 'two' });
    await db.query('update mcp_servers set headers = (select headers from mcp_servers where id = $1) where id = $2', [
      one.id,
      two.id,
    ]);
    await db.query('update mcp_servers set env = headers where id = $1', [one.id]);
    expect(await codeOf(servers.open(one.id))).to.equal('credential.corrupt');
    expect(await codeOf(servers.open(two.id))).to.equal('credential.corrupt');
    expect((await servers.list()).map(({ name }) => name)).to.deep.equal(['tracker', 'two']);
  });

  it('are sealed anew when the master key is rotated, and hold the old key until then', async () => {
    const { servers, key } = await open();
    const { id } = await servers.create({ ...remote, headers: { A: token }, env: {} });
    await servers.changeLogin(id, async () => new Secret('tokens'));
    const rotation = new KeyRotation(db, key);
    const before = await rotation.status();
    expect(before.keys.map(({ credentials }) => credentials)).to.deep.equal([2]);
    for (const full of [false, true]) {
      await rotation.rotate({ full });
      const after = await rotation.dropOld();
      expect(after.keys.map(({ credentials }) => credentials)).to.deep.equal([2]);
      const opened = await servers.open(id);
      expect(opened.headers.A?.use((value) => value)).to.equal(token);
      expect(opened.oauth?.use((value) => value)).to.equal('tokens');
    }
    expect(before.current).not.to.equal((await rotation.status()).current);
  });

  it('tell whoever connects of every change, and stand without anyone who does', async () => {
    const { servers } = await open();
    const all = new ToolServers(servers);
    const told: string[] = [];
    const stop = all.onChange((id) => told.push(id));
    const { id, status } = await all.create(remote);
    expect(status).to.equal(null);
    await all.patch('tracker', { is_enabled: false });
    await all.remove('tracker');
    await stop();
    expect(told).to.deep.equal([id, id, id]);
    await all.create(remote);
    expect(told).to.have.length(3);
    expect(await codeOf(all.test('tracker'))).to.equal('mcp.off');
    expect(await codeOf(all.tools('nobody'))).to.equal('mcp.unknown');
  });
});
