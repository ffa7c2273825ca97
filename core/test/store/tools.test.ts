import { expect } from 'chai';
import { Type } from 'typebox';
import type { Database } from '../../src/store/database.js';
import { ToolSwitches } from '../../src/store/tools.js';
import { openTestDatabase, type TestDatabase } from '../../src/testing/database.js';
import { codeOf } from './rows.js';

const tool = (id: string, title = id) => ({
  id,
  title,
  description: `does ${id}`,
  parameters: Type.Object({ path: Type.String() }),
  effects: 'read' as const,
});

describe('tool switches', () => {
  let db: Database & TestDatabase;
  let switches: ToolSwitches;
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());
  beforeEach(() => {
    switches = new ToolSwitches(db);
  });
  afterEach(() => db.query('delete from tools'));

  it('are on for a tool that is new', async () => {
    await switches.seed([tool('b'), tool('a')]);
    expect((await switches.list()).map(({ name, is_enabled }) => [name, is_enabled])).to.deep.equal([
      ['a', true],
      ['b', true],
    ]);
    expect((await switches.list())[0]).to.deep.include({ title: 'a', description: 'does a', effects: 'read' });
    expect([...(await switches.disabled())]).to.deep.equal([]);
  });

  it('stay as a person put them when the tool is loaded again, changed or not', async () => {
    await switches.seed([tool('a')]);
    await switches.setEnabled('a', false);
    await switches.seed([tool('a', 'A, but better')]);
    expect([...(await switches.disabled())]).to.deep.equal(['a']);
    expect((await switches.list())[0]).to.include({ title: 'A, but better' });
    await switches.setEnabled('a', true);
    expect([...(await switches.disabled())]).to.deep.equal([]);
  });

  it('are not written when nothing changed', async () => {
    await switches.seed([tool('a')]);
    const stamp = async () => (await db.query('select updated_at, xmin::text from tools')).rows;
    const before = await stamp();
    await switches.seed([tool('a')]);
    expect(await stamp()).to.deep.equal(before);
  });

  it('exist for known tools only', async () => {
    expect(await codeOf(switches.setEnabled('none', false))).to.equal('tool.unknown');
  });
});
