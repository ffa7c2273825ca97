import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { loadConfig } from '../../src/config/load.js';
import { type CheckResult, capturesFolder, checkCaptures, isFailure } from '../../src/fidelity/check-captures.js';
import { withContributions } from '../../src/fidelity/load-contributions.js';
import { silentLog } from '../../src/log.js';
import { Http } from '../../src/wire/http.js';

describe('1.11 the plugins that ship against the captures that ship', function () {
  this.timeout(30_000);
  let results: CheckResult[];

  const compare = async (folder: string) => {
    const { config } = loadConfig({ env: { MAESTRO_HOME: join(capturesFolder, 'none') } });
    const http = new Http();
    const found = await withContributions(config.plugins, { http, log: silentLog }, (contributions) => {
      expect(contributions.missing).to.deep.equal([]);
      return checkCaptures(folder, contributions);
    });
    await http.close();
    return found;
  };

  before(async () => {
    results = await compare(capturesFolder);
  });

  it('have a result for every file, and none but the described is not compared', () => {
    const files = new Set(results.map(({ file }) => file));
    expect([...files]).to.deep.equal(readdirSync(capturesFolder).sort());
    expect(results.filter(({ verdict }) => verdict === 'described').map(({ file }) => file)).to.deep.equal([
      'read-from-source.json',
    ]);
  });

  it('send what was captured, to the letter', () => {
    expect(results.filter(isFailure)).to.deep.equal([]);
  });

  it('1.2 and 1.5: send the listed headers together, in order and casing', () => {
    const listed = results.filter(({ file }) => file.startsWith('prd-'));
    expect(listed.map(({ verdict }) => verdict)).to.deep.equal(listed.map(() => 'equal'));
    expect(listed.length).to.be.greaterThan(3);
  });

  it('differ from each capture in which two headers are swapped', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'maestro-swapped-'));
    for (const name of readdirSync(capturesFolder)) {
      const capture = JSON.parse(readFileSync(join(capturesFolder, name), 'utf8'));
      if (!capture.headers) continue;
      const [first, second, ...rest] = capture.headers;
      writeFileSync(join(folder, name), JSON.stringify({ ...capture, headers: [second, first, ...rest] }));
    }
    const swapped = await compare(folder);
    rmSync(folder, { recursive: true });
    expect(swapped.filter(({ verdict }) => verdict !== 'different')).to.deep.equal([]);
    expect(swapped.length).to.be.greaterThan(53);
    for (const { differences } of swapped) expect(differences[0]!.diff.join('\n')).to.match(/^- /m).and.match(/^\+ /m);
  });
});
