// Which rows of the reliability contract have a test: each row's id stands in the name of its test.
// Prints the rows without one; what they test may not exist yet.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const rows = {
  'crash and consistency': 'R1 R2 R3 R4 R5 R6 R7 R8 R9 R10',
  'providers and streams': 'V1 V2 V3 V4 V5 V6 V7 V8 V9',
  'clients, sizes and ordering': 'C1 C2 C3 C4 C5 C6 C7 C8 C9',
  'tools, processes and MCP': 'T1 T2 T3 T4 T5 T6 T7 T8 M1 M2 M3 S-A',
  'the gate and rendering': 'W1 W2 W3 W4 W5 W6',
  'secrets, plugins, operations': 'K1 K1b K2 K3 K4 K5 D1 D2 D3 D4 D5 D6 P1 P2 P3 P4 O1 O2 O3 O4',
};

const files = execFileSync('git', ['ls-files', '*.test.ts', '*.test.mjs'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter(Boolean);
const names = files.flatMap((file) => {
  const source = readFileSync(path.join(root, file), 'utf8');
  return [...source.matchAll(/\b(?:describe|it)\(\s*[`'"](.*)[`'"]/g)].map((match) => match[1]);
});
for (const [subject, ids] of Object.entries(rows)) {
  const without = ids.split(' ').filter((id) => !names.some((name) => new RegExp(`(^|\\W)${id}(\\W|$)`).test(name)));
  console.log(`${subject}: ${without.length === 0 ? 'every row has a test' : `no test for ${without.join(', ')}`}`);
}
