import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { Place } from './support.js';

describe('plugins on the command line', function () {
  this.timeout(60_000);
  let place: Place;
  /** Whichever ships and brings tools: the core knows none by name. */
  let name: string;
  before(async () => {
    place = await Place.make();
    await place.start();
    const { stdout } = await place.run(['plugin', 'list', '--json']);
    const all: { name: string; contributes: { tools: string[] } }[] = JSON.parse(stdout);
    name = all.find(({ contributes }) => contributes.tools.length > 3)!.name;
  });
  after(() => place.remove());

  it('info shows what one brings and how it is set up', async () => {
    const { code, stdout } = await place.run(['plugin', 'info', name]);
    expect(code).to.equal(0);
    expect(stdout).to.match(/state: active\nfolder: \/.*\nbrings:\n {2}tools: /);
    const { description } = JSON.parse((await place.run(['plugin', 'info', name, '--json'])).stdout);
    expect(stdout).to.include(description);
  });

  it('disable and enable turn it off and on in the running server and in maestro.yaml', async () => {
    const file = () => readFileSync(join(place.home, 'maestro.yaml'), 'utf8');
    const before = file();
    expect((await place.run(['plugin', 'disable', name])).stdout).to.equal(`${name} is off\n`);
    expect(file()).to.include(`"${name}": false`).and.include(before.trim().split('\n')[0]);
    expect((await place.run(['plugin', 'list'])).stdout).to.match(new RegExp(`${name} .* off`));
    expect((await place.run(['plugin', 'enable', name])).stdout).to.equal(`${name} is on\n`);
    expect(file()).to.include(`"${name}": {}`);
  });

  it('one nobody knows is refused', async () => {
    const { code, stderr } = await place.run(['plugin', 'enable', 'nobody']);
    expect(code).to.equal(1);
    expect(stderr).to.match(/there is no plugin "nobody"/);
  });
});
