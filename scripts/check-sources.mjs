// Facts about the sources that no linter holds: nothing skipped, nothing focused, no path of one machine.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const rules = [
  {
    // Tests on real providers run for who has a key, and say so where there is none.
    name: 'a skipped or focused test',
    files: /^(?!e2e\/live\/).*\.test\.ts$/,
    pattern: /\b(it|describe|before|after)\.(only|skip)\(|\bx(it|describe)\(|this\.skip\(\)/,
  },
  {
    // All suites run in one process, where such a hook runs for every test of every file.
    name: 'a hook outside of any describe',
    files: /\.test\.ts$/,
    pattern: /^(before|after)(Each)?\(/,
  },
  {
    name: 'an unfinished mark',
    files: /^(core|plugins|ui|tui|e2e|scripts)\/.*\.(ts|mjs|cjs)$/,
    pattern: /\b(TODO|FIXME|XXX)\b/,
  },
  {
    name: 'a path of one machine',
    files: /\.(ts|mjs|cjs|json|md|yaml|yml|css|html)$/,
    pattern: /(^|[\s"'`(=])\/(root|work|home)\/[a-z]/,
  },
  { name: 'a mark of an unfinished merge', files: /./, pattern: /^(<<<<<<< |>>>>>>> |=======$)/ },
  { name: 'a package registry address', files: /\.(ts|mjs|cjs|json|md|yaml|yml)$/, pattern: /registry\.npm/ },
];

const files = execFileSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' }).split('\n').filter(Boolean);
const faults = [];
for (const file of files) {
  const applying = rules.filter((rule) => rule.files.test(file) && file !== 'scripts/check-sources.mjs');
  if (applying.length === 0) continue;
  const lines = readFileSync(path.join(root, file), 'utf8').split('\n');
  lines.forEach((line, index) => {
    for (const rule of applying)
      if (rule.pattern.test(line)) faults.push(`${file}:${index + 1}: ${rule.name}: ${line.trim().slice(0, 100)}`);
  });
}
for (const fault of faults) console.error(fault);
if (faults.length === 0) console.log(`Sources: ${files.length} files, no fault.`);
process.exit(faults.length ? 1 : 0);
