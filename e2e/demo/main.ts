import process from 'node:process';
import { linesOf, summaryOf } from './summary.js';
import { WholeJob } from './whole-job.js';

// `npm run demo`: a whole job from the first word to the last, for whoever wants to see one. No key, no network.

const say = (line = '') => console.log(line);

say('A scripted model does a whole job: the server, its tools and the programs they run are real.');
say('Starting a server, a database and a provider simulator of their own ...');
const job = await WholeJob.open();
let isWell = false;
try {
  const stopped = new Promise<never>((_, reject) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Error('stopped')));
  });
  const work = async () => {
    say(`They work in ${job.folder}\n`);
    const done = await job.run((line, depth) => say(`${depth === 0 ? 'lead    ' : '    agent   '}${line}`));
    const summary = await summaryOf(job, done);
    say(`\n${linesOf(summary).join('\n')}`);
    isWell = summary.isWell;
  };
  await Promise.race([work(), stopped]);
} catch (error) {
  say(`\nIt did not come to its end: ${(error as Error).message}`);
} finally {
  await job.close();
  say(isWell ? 'All is well; what was started is ended and removed.' : 'Not all is well; what was started is ended.');
}
process.exitCode = isWell ? 0 : 1;
