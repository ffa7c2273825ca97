import { setImmediate as tick } from 'node:timers/promises';
import { expect } from 'chai';
import { Lanes } from '../../src/store/lanes.js';

describe('lanes', () => {
  it('run what has the same key one after the other, and the rest side by side', async () => {
    const lanes = new Lanes();
    const happened: string[] = [];
    const work = (key: string, name: string) =>
      lanes.run(key, async () => {
        happened.push(`${name} begins`);
        await tick();
        happened.push(`${name} ends`);
        return name;
      });
    const results = await Promise.all([work('a', 'a1'), work('a', 'a2'), work('b', 'b1')]);
    expect(results).to.deep.equal(['a1', 'a2', 'b1']);
    expect(happened.slice(0, 2)).to.deep.equal(['a1 begins', 'b1 begins']);
    expect(happened.filter((line) => line.startsWith('a'))).to.deep.equal([
      'a1 begins',
      'a1 ends',
      'a2 begins',
      'a2 ends',
    ]);
  });

  it('go on after a failure, which only its own caller sees', async () => {
    const lanes = new Lanes();
    const failed = lanes.run('a', () => Promise.reject(new Error('mine')));
    const next = lanes.run('a', async () => 'fine');
    expect(await failed.catch((error: Error) => error.message)).to.equal('mine');
    expect(await next).to.equal('fine');
  });
});
