// Packs the libraries that consist of very many small modules into a few files, so that a start reads a dozen files
// instead of a thousand. Nothing changes but the time: `core/bin/libraries.cjs` puts the packed file in the place of the
// very module it was made from, and without the packed files everything runs as before.
import { mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const core = path.join(root, 'core');
const target = path.join(core, 'dist', 'libraries');
const specifiers = [
  'typebox',
  'typebox/compile',
  'typebox/system',
  'typebox/value',
  '@mikro-orm/core',
  '@mikro-orm/migrations',
  '@mikro-orm/postgresql',
  'pg',
];

const input = Object.fromEntries(specifiers.map((specifier) => [specifier.replace(/\W+/g, '-'), specifier]));
const bundle = await rolldown({
  input,
  cwd: core,
  platform: 'node',
  external: [/^node:/, 'pg-native', /^cloudflare:/],
  logLevel: 'silent',
});
rmSync(target, { recursive: true, force: true });
const { output } = await bundle.write({
  dir: target,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'part-[hash].js',
});

/** From the module a bare name leads to, to the file that stands for it; both relative to this folder. */
const places = {};
for (const chunk of output) {
  if (chunk.type !== 'chunk' || !chunk.isEntry || !chunk.facadeModuleId) continue;
  const original = path.relative(target, realpathSync(chunk.facadeModuleId)).split(path.sep).join('/');
  places[original] = chunk.fileName;
}
if (Object.keys(places).length !== specifiers.length)
  throw new Error(`packed ${Object.keys(places).length} of ${specifiers.length} libraries`);
mkdirSync(target, { recursive: true });
writeFileSync(path.join(target, 'package.json'), '{"type":"module"}\n');
writeFileSync(path.join(target, 'places.json'), `${JSON.stringify(places, null, 2)}\n`);
