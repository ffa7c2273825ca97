// Packs the libraries that consist of very many small modules into a few files, so that a start reads two dozen files
// instead of fifteen hundred. Nothing changes but the time: `core/bin/libraries.cjs` puts the packed file in the place of
// the very module it was made from, and without the packed files everything runs as before.
import 'reflect-metadata';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
// Under a folder of this name Node treats the files as what they are, other people's code: no warnings about it to our users.
const target = path.join(root, 'core', 'dist', 'node_modules', 'packed');
const facades = path.join(target, 'facades');
/** By the package of ours that imports them: another package may resolve the same name to another version. */
const libraries = {
  core: [
    'typebox',
    'typebox/compile',
    'typebox/system',
    'typebox/value',
    '@mikro-orm/core',
    '@mikro-orm/migrations',
    '@mikro-orm/postgresql',
    'pg',
    'tsyringe',
    'yaml',
    'undici',
    'koa',
    '@koa/router',
    'koa-websocket',
    'ws',
  ],
  'plugins/tools-files': ['diff'],
};

rmSync(target, { recursive: true, force: true });
mkdirSync(facades, { recursive: true });
const input = {};
/** From the module a bare name leads to, to the file that stands for it; both relative to the folder of the packed files. */
const places = {};
for (const [owner, specifiers] of Object.entries(libraries)) {
  const resolve = await resolverOf(path.join(root, owner));
  for (const specifier of specifiers) {
    const original = resolve(specifier);
    const name = specifier.replace(/\W+/g, '-').replace(/^-/, '');
    const facade = path.join(facades, `${name}.mjs`);
    writeFileSync(facade, await facadeOf(original));
    input[name] = facade;
    places[path.relative(target, fileURLToPath(original)).split(path.sep).join('/')] = `${name}.js`;
  }
}
const optional = ['pg-native', 'bufferutil', 'utf-8-validate', /^cloudflare:/];
const bundle = await rolldown({
  input,
  cwd: root,
  platform: 'node',
  external: [/^node:/, ...optional],
  logLevel: 'silent',
});
await bundle.write({ dir: target, format: 'esm', entryFileNames: '[name].js', chunkFileNames: 'part-[hash].js' });
rmSync(facades, { recursive: true });
writeFileSync(path.join(target, 'package.json'), '{"type":"module"}\n');
writeFileSync(path.join(target, 'places.json'), `${JSON.stringify(places, null, 2)}\n`);

/** Resolves names as a module in that folder would: only a module that lies there can ask. */
async function resolverOf(folder) {
  const asker = path.join(folder, 'dist', 'resolve.mjs');
  writeFileSync(asker, 'export default (specifier) => import.meta.resolve(specifier);\n');
  try {
    return (await import(pathToFileURL(asker))).default;
  } finally {
    rmSync(asker);
  }
}

/** Exports under their names what Node itself would export: of CommonJS a packer could not know the names. */
async function facadeOf(original) {
  const file = JSON.stringify(fileURLToPath(original));
  const library = await import(original);
  const names = Object.keys(library).filter((name) => name !== 'default' && name !== 'module.exports');
  if (!('module.exports' in library))
    return `export * from ${file};\n${'default' in library ? `export { default } from ${file};\n` : ''}`;
  return [
    `import library from ${file};`,
    'export default library;',
    ...names.map((name) => `export const ${name} = library.${name};`),
  ].join('\n');
}
