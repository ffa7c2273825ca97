// Lets clients and suites of other makers judge the simulator, the provider of Gemini and the MCP bridge: installs them into e2e/judges where they
// are missing or another version is wanted, then runs the suites there. They stay out of the root's lock file.
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const folder = path.join(root, 'e2e', 'judges');
const installed = path.join(folder, 'node_modules', '.installed-lock');

const wanted = createHash('sha256')
  .update(readFileSync(path.join(folder, 'package-lock.json')))
  .digest('hex');
if (!existsSync(installed) || readFileSync(installed, 'utf8') !== wanted) {
  const isWindows = process.platform === 'win32';
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
  execFileSync(isWindows ? 'npm.cmd' : 'npm', args, { cwd: folder, stdio: 'inherit', shell: isWindows });
  writeFileSync(installed, wanted);
}

const mocha = path.join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
const reporter = path.join(root, 'scripts', 'counting-reporter.cjs');
const args = [mocha, '--reporter', reporter, 'e2e/judges/*.test.mjs', ...process.argv.slice(2)];
process.exit(spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1);
