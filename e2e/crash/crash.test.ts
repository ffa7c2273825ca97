import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { testDatabase } from '@maestro/core/testing';
import { expect } from 'chai';
import { Random } from '../support/random.js';
import { type CrashReport, CrashRun } from './crash-run.js';
import { mutants } from './mutants.js';

const kills = Number(process.env.MAESTRO_CRASH_KILLS ?? 40);
const seed = Number(process.env.MAESTRO_CRASH_SEED ?? randomInt(2 ** 31));
const minute = 60_000;
const MUTANT_RUNS = 5;

describe(`R1 S-A kill -9, ${kills} times (seed ${seed})`, function () {
  this.timeout(10 * minute + kills * 10_000);
  let report: CrashReport;

  before(async () => {
    report = await crash({ kills, seed });
    const { kills: states, ...rest } = report;
    console.log(
      `      ${JSON.stringify(states)}\n      ${JSON.stringify({ ...rest, breaches: rest.breaches.length })}`,
    );
  });

  it('met every state it is about', () => {
    const share = kills / 40;
    expect(report.kills.total).to.equal(kills);
    expect(report.kills.withDraft, 'kills with a draft').to.be.at.least(10 * Math.min(1, share));
    expect(report.kills.withStartedTool, 'kills with a started tool').to.be.at.least(10 * Math.min(1, share));
    expect(report.kills.withAgent, 'kills with an agent at work').to.be.at.least(10 * Math.min(1, share));
    expect(report.kills.withRequest, 'kills with an open request').to.be.at.least(10 * Math.min(1, share));
    expect(report.kills.inRecovery, 'kills during recovery').to.be.at.least(3 * Math.min(1, share));
    expect(report.acknowledged).to.be.greaterThan(20 * Math.min(1, share));
  });

  it('lost no acknowledged message, ran no tool twice, left no gap, was refused by no provider', () => {
    expect(report.failure).to.equal(null);
    expect(report.breaches).to.deep.equal([]);
  });
});

describe('the harness sees each of the mutants', function () {
  this.timeout(8 * minute);
  for (const [name, { fault }] of Object.entries(mutants)) {
    it(`finds that ${fault}`, async () => {
      // A mutant shows in the first kills or late: a run that found nothing is repeated with another seed.
      let found: string[] = [];
      for (let attempt = 0; attempt < MUTANT_RUNS && found.length === 0; attempt += 1) {
        const report = await crash({ kills: 12, seed: seed + 1000 * (attempt + 1), mutant: name });
        found = [...report.breaches, ...(report.failure ? [report.failure] : [])];
      }
      console.log(`      ${found.length} breaches, such as: ${found[0]?.split('\n')[0]}`);
      expect(found.length).to.be.greaterThan(0);
    });
  }
});

async function crash(options: { kills: number; seed: number; mutant?: string }): Promise<CrashReport> {
  const database = await testDatabase();
  try {
    const loader = fileURLToPath(new URL('./mutant-loader.js', import.meta.url));
    const asMutant = options.mutant ? { nodeArgs: ['--import', loader], env: { MAESTRO_MUTANT: options.mutant } } : {};
    const patienceMs = options.mutant ? 20_000 : 60_000;
    const run = new CrashRun({
      random: new Random(options.seed),
      kills: options.kills,
      conversations: 8,
      databaseUrl: database.url,
      patienceMs,
      ...asMutant,
    });
    return await run.run();
  } finally {
    await database.drop();
  }
}
