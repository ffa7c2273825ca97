// Reads c8's summary and prints lines and branches of the parts where a fault costs work, money or secrets.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const floor = 90;
const parts = {
  auth: (file) => /^core\/src\/(oauth|signin)\//.test(file),
  session: (file) => /^core\/src\/session\//.test(file),
  'tool run': (file) => file === 'core/src/session/tool-run.ts',
  tools: (file) => /^plugins\/tools-[a-z]+\/src\//.test(file),
  store: (file) => /^core\/src\/store\//.test(file),
  server: (file) => /^core\/src\/server\//.test(file),
  secrets: (file) => /^core\/src\/(secret\.ts|store\/(envelope|master-key|credentials|tokens)\.ts)$/.test(file),
  wire: (file) => /^core\/src\/wire\//.test(file),
};

const summary = JSON.parse(readFileSync(path.join(root, 'coverage', 'coverage-summary.json'), 'utf8'));
const files = Object.entries(summary)
  .filter(([name]) => name !== 'total')
  .map(([name, figures]) => ({ name: path.relative(root, name).split(path.sep).join('/'), figures }));

let low = false;
console.log('\npart        files   lines   branches');
for (const [part, belongs] of Object.entries(parts)) {
  const chosen = files.filter(({ name }) => belongs(name));
  const lines = percent(chosen, 'lines');
  const branches = percent(chosen, 'branches');
  low ||= chosen.length === 0 || lines < floor || branches < floor;
  console.log(`${part.padEnd(10)} ${String(chosen.length).padStart(6)} ${show(lines)} ${show(branches).padStart(10)}`);
}
if (process.argv.includes('--files'))
  for (const { name, figures } of files) console.log(name, figures.lines.pct, figures.branches.pct);
if (low)
  console.error(`\nA part is under ${floor} %: run "node scripts/coverage-report.mjs --files" to see which files.`);
process.exit(low ? 1 : 0);

function percent(chosen, kind) {
  const sum = (key) => chosen.reduce((total, { figures }) => total + figures[kind][key], 0);
  return sum('total') === 0 ? 100 : (100 * sum('covered')) / sum('total');
}
function show(value) {
  return `${value.toFixed(1)} %`.padStart(8);
}
