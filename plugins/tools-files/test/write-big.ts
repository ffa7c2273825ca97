import { atomicWrite } from '../src/atomic-write.js';

// Writes 100 MB of one letter; the test kills it meanwhile: see atomic-write.test.ts.
const [file = '', letter = ''] = process.argv.slice(2);
const bytes = Buffer.alloc(100_000_000, letter);
process.stdout.write('started\n');
await atomicWrite(file, bytes, { mode: 0o640, signal: new AbortController().signal });
process.stdout.write('done\n');
