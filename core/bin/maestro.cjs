#!/usr/bin/env node
'use strict';
// CommonJS and plain syntax on purpose: this must run on whatever Node there is, to get from there to the pinned one.

const fs = require('node:fs');
const path = require('node:path');

const oldest = [22, 17];
const main = path.join(__dirname, '..', 'dist', 'src', 'cli', 'main.js');

/** The package `node` as this package's dependencies name it: its folder, version and program; null without it. */
function pinned() {
  try {
    const manifest = require.resolve('node/package.json');
    const program = path.join(path.dirname(manifest), 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    return { version: `v${JSON.parse(fs.readFileSync(manifest, 'utf8')).version}`, program: program };
  } catch (_error) {
    return null;
  }
}

function isRecent() {
  const parts = process.versions.node.split('.').map(Number);
  return parts[0] > oldest[0] || (parts[0] === oldest[0] && parts[1] >= oldest[1]);
}

function fail(message) {
  process.stderr.write(`maestro: ${message}\n`);
  process.exit(1);
}

/** Same arguments, same terminal, under another program. Signals go on to it; its exit code becomes ours. */
function reexecute(program) {
  // Asynchronous: spawnSync would leave a SIGTERM for this process alone unheard.
  const args = process.execArgv.concat(process.argv.slice(1));
  const env = Object.assign({}, process.env, { MAESTRO_REEXECUTED: '1' });
  const child = require('node:child_process').spawn(program, args, { stdio: 'inherit', env: env });
  const signals = process.platform === 'win32' ? ['SIGINT', 'SIGTERM'] : ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'];
  const isOnTerminal = process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
  signals.forEach((signal) => {
    process.on(signal, () => {
      // A terminal sends SIGINT to the whole group: the child has it already, and twice would mean "at once".
      if (signal === 'SIGINT' && isOnTerminal) return;
      child.kill(signal);
    });
  });
  child.on('error', (error) => {
    fail(`cannot run ${program} (${error.message}); run "npm rebuild node"`);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code);
    signals.forEach((name) => {
      process.removeAllListeners(name);
    });
    process.kill(process.pid, signal);
  });
}

function start() {
  if (!fs.existsSync(main)) fail('this checkout is not built yet; run "npm run build" in it, or "npm start"');
  // Beside the code it belongs to: in the common temporary folder others could put something in its place.
  const cache = require('node:module').enableCompileCache;
  if (cache) cache(path.join(__dirname, '..', 'dist', '.compile-cache'));
  require('./libraries.cjs').usePacked();
  import(require('node:url').pathToFileURL(main).href).then(
    (cli) => cli.main(process.argv.slice(2)),
    (error) => {
      fail(`cannot load ${main}: ${error.message}`);
    },
  );
}

const node = pinned();
const isThere = node !== null && fs.existsSync(node.program);
if (node !== null && process.version === node.version) start();
else if (isThere && process.env.MAESTRO_REEXECUTED !== '1') reexecute(node.program);
else if (isRecent()) start();
else {
  fail(
    `needs Node ${oldest.join('.')} or newer, and this is ${process.versions.node}. ` +
      'The one that comes along is missing: its install script did not run. Run "npm rebuild node".',
  );
}
