// The lock file: no registry addresses, integrity everywhere, and no version under the floor set by known advisories.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
/** Least versions that have the fixes we rely on; see SECURITY.md. */
const floors = {
  koa: '3.1.2',
  undici: '8.10.2',
  '@modelcontextprotocol/sdk': '1.31.0',
  'eventsource-parser': '4.0.0',
  ws: '8.17.1',
  dompurify: '3.4.0',
  node: '24.0.0',
};
const most = 60;

const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
const faults = [];
const direct = new Set();
for (const [place, entry] of Object.entries(lock.packages)) {
  const name = place.split('node_modules/').at(-1);
  const isOurs = !place.includes('node_modules/') || entry.link;
  if (isOurs) {
    for (const dependency of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }))
      direct.add(dependency);
    continue;
  }
  if (/^(https?|git)/.test(entry.resolved ?? '')) faults.push(`${place} carries an address: ${entry.resolved}`);
  if (!entry.integrity && !entry.inBundle) faults.push(`${place} has no integrity`);
  if (floors[name] && isLower(entry.version, floors[name]))
    faults.push(`${place} is ${entry.version}, under the floor ${floors[name]}`);
}
const strangers = [...direct].filter((name) => !name.startsWith('@maestro/'));
if (strangers.length > most) faults.push(`${strangers.length} direct production dependencies, more than ${most}`);
for (const fault of faults) console.error(`package-lock.json: ${fault}`);
if (faults.length === 0)
  console.log(
    `Lock file: ${Object.keys(lock.packages).length} entries, ${strangers.length} direct production dependencies, no fault.`,
  );
process.exit(faults.length ? 1 : 0);

function isLower(version, floor) {
  const [a, b] = [version, floor].map((text) => text.split(/[.-]/).map(Number));
  for (let i = 0; i < 3; i++) if (a[i] !== b[i]) return a[i] < b[i];
  return false;
}
