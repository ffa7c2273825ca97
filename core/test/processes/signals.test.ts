import { spawn } from 'node:child_process';
import { expect } from 'chai';
import fc from 'fast-check';
import { processOf } from '../../src/processes/process-table.js';
import { sendSignal } from '../../src/processes/signals.js';
import { sources } from '../shape/support.js';

describe('T6 a signal', () => {
  /** What would have gone to the system. */
  function watched(act: () => void): unknown[] {
    const sent: unknown[] = [];
    const real = process.kill;
    process.kill = (...args) => {
      sent.push(args);
      return true;
    };
    try {
      act();
    } finally {
      process.kill = real;
    }
    return sent;
  }

  it('is never sent to a number that means us, everybody, the first process or nothing', () => {
    const special = [0, -0, -1, 1, 2.5, Number.NaN, Number.POSITIVE_INFINITY, process.pid, -process.pid, 2 ** 53];
    const strange = fc.oneof(fc.constantFrom(...special), fc.integer({ max: 1 }), fc.double({ max: 1 }), fc.string());
    const property = fc.property(strange, fc.boolean(), fc.string(), (pid, isGroup, start) => {
      const sent = watched(() => {
        for (const text of [start, processOf(pid as number)?.start ?? '']) {
          const ref = { pid: pid as number, start: text };
          expect(sendSignal(ref, 'SIGKILL', isGroup ? ref.pid : undefined)).to.equal(false);
        }
      });
      expect(sent).to.deep.equal([]);
    });
    fc.assert(property, { numRuns: 500, examples: special.map((pid) => [pid, true, '']) });
  });

  it('is not sent to a later process of the same number, nor to a group the process is not in', async () => {
    const child = spawn('sleep', ['100'], { detached: true });
    const pid = child.pid as number;
    const start = processOf(pid)?.start as string;
    const property = fc.property(fc.string(), fc.nat(), (other, group) => {
      fc.pre(other !== start && group !== pid);
      const sent = watched(() => {
        expect(sendSignal({ pid, start: other }, 'SIGKILL')).to.equal(false);
        expect(sendSignal({ pid, start: other }, 'SIGKILL', pid)).to.equal(false);
        expect(sendSignal({ pid, start }, 'SIGKILL', group)).to.equal(false);
      });
      expect(sent).to.deep.equal([]);
    });
    fc.assert(property, { examples: [[`${Number(start) - 1}`, 1]] });
    const ended = new Promise((resolve) => child.once('exit', (_, signal) => resolve(signal)));
    expect(sendSignal({ pid, start }, 'SIGTERM', pid)).to.equal(true);
    expect(await ended).to.equal('SIGTERM');
    expect(sendSignal({ pid, start }, 'SIGKILL')).to.equal(false);
  });

  it('is sent from one place', () => {
    const senders = sources('core/src')
      .concat(sources('plugins'))
      .filter(({ path }) => !/\/test(ing)?\//.test(path))
      .filter(({ text }) => /process\.kill\((?!\w+, 0\)|process\.pid, )|\.kill\('SIG/.test(text));
    expect(senders.map(({ path }) => path)).to.deep.equal(['core/src/processes/signals.ts']);
  });
});
