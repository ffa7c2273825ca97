// One door for every npm script: installs what is missing, builds what changed, then does what was asked.
// Runs on any Node >= 18 with nothing installed yet, so it imports nothing but Node's own modules;
// all further work is done by the Node that package-lock.json pins.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const stamps = path.join(root, '.bootstrap');
const isWindows = process.platform === 'win32';
const pinnedNode = path.join(root, 'node_modules', 'node', 'bin', isWindows ? 'node.exe' : 'node');
const sourceFolders = ['migrations', 'core', 'plugins', 'ui', 'e2e', 'config', 'scripts'];
const notSources = new Set(['node_modules', 'dist', 'dist-ts', 'coverage', '.nx']);

const [verb = 'start', ...args] = process.argv.slice(2);
try {
  await prepare(verb === 'start' ? say : sayNothing);
  await perform(verb, args);
} catch (error) {
  if (error.message) console.error(`\n${error.message}`);
  process.exit(error.exitCode ?? 1);
}

function say(text) {
  console.log(text);
}
function sayNothing() {
  // Suites and checks speak for themselves.
}

async function prepare(tell) {
  const lock = digest(['package-lock.json', 'package.json'].map((name) => readFileSync(path.join(root, name), 'utf8')));
  const installed = isCurrent('install', lock) && existsSync(path.join(root, 'node_modules'));
  if (!installed) {
    console.log('Installing packages (this takes a minute the first time) ...');
    await run(isWindows ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund'], {
      shell: isWindows,
      hint: 'The packages could not be installed. Look at the lines above: is the network there? Then run the same command again.',
    });
    stamp('install', lock);
  }
  const sources = digest([lock, ...fingerprints()]);
  const built = isCurrent('build', sources);
  if (!built) {
    console.log('Building ...');
    const hint = 'The build failed; the lines above name the file and the line.';
    await run(node(), [bin('typescript', 'tsc'), '-b'], { hint });
    await run(node(), [path.join(root, 'scripts', 'bundle-libraries.mjs')], { hint });
    await run(node(), [bin('vite', 'vite'), 'build', '--logLevel', 'warn'], { cwd: path.join(root, 'ui'), hint });
    stamp('build', sources);
  }
  if (installed && built) tell('Nothing to install or build.');
}

async function perform(what, rest) {
  if (what === 'build') return;
  if (what === 'start') return start(rest);
  const script = path.join(root, 'scripts', 'tasks.mjs');
  await run(node(), [script, what, ...rest]);
}

/** In this very process where it already is the pinned Node: one process fewer, and signals arrive directly. */
async function start(rest) {
  const shim = path.join(root, 'core', 'bin', 'maestro.cjs');
  if (process.version !== pinnedVersion()) return run(node(), [shim, 'start', ...rest]);
  process.argv = [process.execPath, shim, 'start', ...rest];
  await import(pathToFileURL(shim).href);
}

/** The pinned Node; the system's own where install scripts were off and it is new enough. */
function node() {
  if (existsSync(pinnedNode)) return pinnedNode;
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 22 || (major === 22 && minor >= 17)) return process.execPath;
  throw new Error(
    `Node ${process.versions.node} is too old and the pinned one is missing: its install script did not run. Run "npm rebuild node", or use Node 22.17 or newer.`,
  );
}

function pinnedVersion() {
  return `v${JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).dependencies.node}`;
}

function bin(packageName, command) {
  const folder = path.join(root, 'node_modules', packageName);
  const { bin: bins } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return path.join(folder, typeof bins === 'string' ? bins : bins[command]);
}

/** Name, size and time of every source: cheap enough for each start, and a touched file at worst builds once more. */
function fingerprints() {
  const found = ['tsconfig.json', 'tsconfig.base.json'].map((name) => fingerprint(path.join(root, name)));
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (notSources.has(entry.name)) continue;
      const file = path.join(folder, entry.name);
      if (entry.isDirectory()) visit(file);
      else found.push(fingerprint(file));
    }
  };
  for (const folder of sourceFolders) if (existsSync(path.join(root, folder))) visit(path.join(root, folder));
  return found.sort();
}

function fingerprint(file) {
  const { size, mtimeMs } = statSync(file);
  return `${path.relative(root, file)} ${size} ${mtimeMs}`;
}

function digest(texts) {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(text).update('\0');
  return hash.digest('hex');
}

function isCurrent(name, value) {
  try {
    return readFileSync(path.join(stamps, name), 'utf8') === value;
  } catch {
    return false; // no stamp yet
  }
}

function stamp(name, value) {
  mkdirSync(stamps, { recursive: true });
  writeFileSync(path.join(stamps, name), value);
}

/** Runs a command with our input and output; SIGINT and SIGTERM go on to it, and its exit code becomes ours. */
function run(command, parameters, { hint, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const env = {
      ...process.env,
      PATH: [path.join(root, 'node_modules', '.bin'), process.env.PATH].join(path.delimiter),
    };
    const child = spawn(command, parameters, { cwd: root, stdio: 'inherit', env, ...options });
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', forward).on('SIGTERM', forward);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      process.off('SIGINT', forward).off('SIGTERM', forward);
      if (code === 0) return resolve();
      reject(Object.assign(new Error(hint ?? ''), { exitCode: code ?? (signal === 'SIGINT' ? 130 : 143) }));
    });
  });
}
