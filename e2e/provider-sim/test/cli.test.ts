import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const cli = fileURLToPath(new URL('../src/cli.js', import.meta.url));

describe('provider-sim on the command line', () => {
  it('prints its URL, serves, and ends on SIGTERM', async () => {
    const child = spawn(process.execPath, [cli, '--port', '0', '--seed', 's', '--rate', '1000']);
    const [url] = (await once(createInterface(child.stdout), 'line')) as [string];
    expect(url).to.match(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect((await fetch(`${url}/_sim/requests`)).status).to.equal(200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).to.deep.equal([0, null]);
  });

  it('helps', async () => {
    const child = spawn(process.execPath, [cli, '--help']);
    const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
    expect(line).to.contain('provider-sim [--port N]');
  });
});
