import { type EmbeddedOptions, startEmbedded } from '../../src/store/embedded.js';
import { quiet } from '../../src/testing/database.js';

// Run as a process of its own by embedded.test.ts: starts the database of a data folder and says how; a line
// on its input stops it.
const options = JSON.parse(process.argv[2] ?? '{}') as Omit<EmbeddedOptions, 'log'>;
try {
  const { url, how, dataDirectory, stop } = await startEmbedded({ ...options, log: quiet });
  console.log(JSON.stringify({ url, how, dataDirectory }));
  process.stdin.once('data', async () => {
    await stop();
    process.exit(0);
  });
} catch (error) {
  const { code, message } = error as { code?: string; message: string };
  console.log(JSON.stringify({ code, message }));
}
