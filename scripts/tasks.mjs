// What the npm scripts do once everything is installed and built: suites, checks, coverage.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const reporter = path.join(root, 'scripts', 'counting-reporter.cjs');

/** Built test files by suite; a pattern that matches nothing is an error of mocha's, never a quiet pass. */
const suites = {
  unit: [
    'core/dist/test/**/*.test.js',
    'plugins/*/dist/test/**/*.test.js',
    'e2e/provider-sim/dist/test/**/*.test.js',
    'ui/dist-ts/test/**/*.test.js',
  ],
  database: [
    'core/dist/test/store/**/*.test.js',
    'core/dist/test/records/**/*.test.js',
    'core/dist/test/live/**/*.test.js',
  ],
  // Those with rows that ask for a thing many times.
  full: [
    'core/dist/test/store/key-rotation.test.js',
    'core/dist/test/signin/refresh-race.test.js',
    'core/dist/test/processes/processes.test.js',
  ],
  services: ['e2e/dist/services/**/*.test.js'],
  browser: ['e2e/dist/browser/**/*.test.js'],
  crash: ['e2e/dist/crash/**/*.test.js'],
  live: ['e2e/dist/live/**/*.test.js'],
};

const tasks = {
  test: (args) => mocha(suites.unit, args),
  'test:database': (args) => mocha(suites.database, args),
  'test:postgres13': () => node([path.join(root, 'scripts', 'postgres-13.mjs')]),
  'test:full': (args) => full(args),
  'test:services': (args) => mocha(suites.services, args),
  'test:browser': (args) => mocha(suites.browser, args),
  'test:crash': (args) => crash(args),
  'test:long': (args) => long(args),
  'test:live': (args) => mocha(suites.live, args),
  'test:judges': (args) => node([path.join(root, 'scripts', 'judges.mjs'), ...args]),
  demo: (args) => node([path.join(root, 'e2e', 'dist', 'demo', 'main.js'), ...args]),
  shots: (args) => node([path.join(root, 'e2e', 'dist', 'shots', 'main.js'), ...args]),
  coverage,
  check,
};

const [name, ...args] = process.argv.slice(2);
const task = tasks[name];
if (!task) {
  console.error(`There is no task "${name}"; there are: ${Object.keys(tasks).join(', ')}.`);
  process.exit(2);
}
process.exit(await task(args));

function mocha(patterns, args, before = []) {
  const files = args.some((arg) => arg.endsWith('.js')) ? [] : patterns;
  const script = path.join(root, 'node_modules', 'mocha', 'bin', 'mocha.js');
  return node([...before, script, '--reporter', reporter, ...files, ...args]);
}

/** `--kills N` and `--seed N` choose how often the server dies, and replay a run. */
function crash(args) {
  const rest = [...args];
  for (const [flag, name] of [
    ['--kills', 'MAESTRO_CRASH_KILLS'],
    ['--seed', 'MAESTRO_CRASH_SEED'],
  ]) {
    const at = rest.indexOf(flag);
    if (at !== -1) [, process.env[name]] = rest.splice(at, 2);
  }
  return mocha(suites.crash, rest);
}

/** What takes hours or writes gigabytes: 1,000 kills of the server, 500 in a write of 100 MB, half an hour of a page. */
async function long(args) {
  const failed = await crash(['--kills', '1000', ...args]);
  process.env.MAESTRO_WRITE_KILLS = '500';
  process.env.MAESTRO_SOAK_MINUTES = '30';
  const torn = await mocha(['plugins/tools-files/dist/test/atomic-write.test.js'], []);
  return (await mocha(['e2e/dist/browser/soak.test.js'], [])) || torn || failed;
}

/** As often as the reliability contract asks, where a run of everyday does it a few times. */
function full(args) {
  process.env.MAESTRO_TEST_FULL = '1';
  return mocha(suites.full, args);
}

/**
 * The unit suites under c8; fails under 90 % of lines or branches in one of the critical parts. `--from DIR`: no run of
 * its own, but what one with `NODE_V8_COVERAGE=DIR` left there.
 */
async function coverage(args) {
  const c8 = path.join(root, 'node_modules', 'c8', 'bin', 'c8.js');
  const options = ['--all', '--src', 'core', '--reporter', 'json-summary', '--exclude', '**/test/**'];
  options.push('--exclude-after-remap');
  for (const included of ['core/src/**', 'core/dist/src/**', 'plugins/*/src/**']) options.push('--include', included);
  const [flag, from] = args;
  const failed =
    flag === '--from'
      ? await node([c8, 'report', '--temp-directory', from, ...options])
      : await mocha(suites.unit, args, [c8, '--clean', ...options]);
  return failed || node([path.join(root, 'scripts', 'coverage-report.mjs')]);
}

/** Types were checked by the build that came before; here: lint and format, the lock, the words. */
async function check() {
  const biome = path.join(root, 'node_modules', '@biomejs', 'biome', 'bin', 'biome');
  const results = [await node([biome, 'check', '.', '--error-on-warnings'])];
  for (const script of ['check-lock.mjs', 'check-sources.mjs', 'error-reference.mjs'])
    results.push(await node([path.join(root, 'scripts', script), ...(script.startsWith('error') ? ['--check'] : [])]));
  return results.some((code) => code !== 0) ? 1 : 0;
}

function node(parameters) {
  if (parameters[0] && !existsSync(parameters[0])) throw new Error(`${parameters[0]} is missing: run "npm ci".`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--enable-source-maps', ...parameters], { cwd: root, stdio: 'inherit' });
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', forward).on('SIGTERM', forward);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      resolve(code ?? (signal ? 130 : 1));
    });
  });
}
