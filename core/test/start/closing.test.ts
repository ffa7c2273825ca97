import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { Closing } from '../../src/closing.js';
import { guardProcess } from '../../src/crash-guard.js';
import { createLog, silentLog } from '../../src/log.js';

describe('closing', () => {
  it('closes last first, once, past what fails, and ends after all of it', async () => {
    const steps: string[] = [];
    const lines: string[] = [];
    const closing = new Closing(createLog({ sinks: [{ write: (line) => lines.push(line) }] }), () => steps.push('end'));
    closing.add('first', async () => void steps.push('first'));
    closing.add('stuck', () => {
      throw new Error('jammed');
    });
    closing.add('last', () => void steps.push('last'));
    await Promise.all([closing.close(), closing.close()]);
    expect(steps).to.deep.equal(['last', 'first', 'end']);
    expect(lines.join('')).to.contain('closing stuck failed').and.contain('jammed');
  });
});

describe('the guard of the process', () => {
  const modules = new URL('../../src/', import.meta.url);

  /** Runs a program of its own that does something nobody catches. */
  async function fall(how: string, drain: string): Promise<{ code: number; said: string }> {
    const program = `
      const { guardProcess } = await import('${modules}crash-guard.js');
      const { createLog } = await import('${modules}log.js');
      const log = createLog({ sinks: [{ write: (line) => process.stdout.write(line) }] });
      guardProcess(log, ${drain}, { limitMs: 200 });
      setInterval(() => undefined, 1000);
      ${how}`;
    try {
      await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
      return { code: 0, said: '' };
    } catch (error) {
      const { code, stdout } = error as { code: number; stdout: string };
      return { code, said: stdout };
    }
  }

  for (const [what, how] of [
    ['an error nobody caught', `setTimeout(() => { throw new Error('boom'); });`],
    ['a rejection nobody handled', `void Promise.reject(new Error('boom'));`],
  ] as const) {
    it(`logs ${what}, drains, and ends with 1`, async () => {
      const { code, said } = await fall(how, `async () => process.stdout.write('drained')`);
      expect(code).to.equal(1);
      expect(said).to.match(/boom[\s\S]*drained/);
    });
  }

  it('ends with 1 also when draining hangs or fails', async () => {
    const how = `void Promise.reject(new Error('boom'));`;
    expect((await fall(how, '() => new Promise(() => undefined)')).code).to.equal(1);
    const failed = await fall(how, `async () => { throw new Error('no drain'); }`);
    expect(failed.code).to.equal(1);
    expect(failed.said).to.contain('closing failed').and.contain('no drain');
  });

  it('can be taken off', () => {
    const before = process.listenerCount('uncaughtException');
    const off = guardProcess(silentLog, async () => undefined);
    expect(process.listenerCount('uncaughtException')).to.equal(before + 1);
    off();
    expect(process.listenerCount('uncaughtException')).to.equal(before);
  });
});
