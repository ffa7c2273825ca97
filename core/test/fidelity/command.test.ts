import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { capturesFolder } from '../../src/fidelity/check-captures.js';
import { shim } from '../cli/support.js';

/** Where nothing is configured, no server runs and no database can be reached. */
async function fidelity(folder: string, ...words: string[]) {
  const env = {
    PATH: process.env.PATH,
    MAESTRO_HOME: join(folder, 'home'),
    MAESTRO_DATABASE_URL: 'postgres://127.0.0.1:1/x',
  };
  const child = spawn(process.execPath, [shim, 'fidelity', '--captures', folder, ...words], { env });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

describe('maestro fidelity', function () {
  this.timeout(30_000);
  const file = 'gemini-cli-gemini-oauth-stream.json';
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'maestro-fidelity-'));
    cpSync(join(capturesFolder, file), join(folder, file));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('prints a table and ends with 0 where all is equal, without a server and a database', async () => {
    const { code, stdout, stderr } = await fidelity(folder);
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    expect(stdout).to.match(/^FILE +PROFILE +VERDICT\n/);
    expect(stdout).to.match(new RegExp(`^${file} .* equal$`, 'm'));
    expect(stdout).to.contain('\n1 equal\n');
  });

  it('ends with 1 and shows what differs, for a person and as JSON', async () => {
    const capture = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    [capture.headers[0], capture.headers[1]] = [capture.headers[1], capture.headers[0]];
    writeFileSync(join(folder, file), JSON.stringify(capture));
    const { code, stdout } = await fidelity(folder);
    expect(code).to.equal(1);
    expect(stdout).to.contain(
      '    - accept-encoding: gzip, deflate, br\n      accept: */*\n    + accept-encoding: gzip, deflate, br\n',
    );
    const json = await fidelity(folder, '--json');
    expect(json.code).to.equal(1);
    const { ok, results } = JSON.parse(json.stdout);
    expect(ok).to.equal(false);
    expect(results).to.have.length(1);
    expect(results[0]).to.include({ file, verdict: 'different' });
  });

  it('says what is wrong with the folder it is given', async () => {
    const { code, stderr } = await fidelity(join(folder, 'none'));
    expect(code).to.equal(1);
    expect(stderr).to.contain('fidelity.captures');
  });
});
