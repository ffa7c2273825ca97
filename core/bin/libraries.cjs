'use strict';
// Puts libraries that scripts/bundle-libraries.mjs has packed into the place of the very modules they were made from.
// Whoever resolves to another copy of a library, such as a plugin with one of its own, is left alone.

const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

const folder = path.join(__dirname, '..', 'dist', 'node_modules', 'packed');

exports.usePacked = () => {
  const { registerHooks } = require('node:module');
  const file = path.join(folder, 'places.json');
  if (!registerHooks || !fs.existsSync(file)) return;
  const places = JSON.parse(fs.readFileSync(file, 'utf8'));
  const packed = new Map(
    Object.entries(places).map(([original, name]) => [
      pathToFileURL(path.join(folder, original)).href,
      pathToFileURL(path.join(folder, name)).href,
    ]),
  );
  registerHooks({
    resolve(specifier, context, next) {
      const found = next(specifier, context);
      const url = context.conditions.includes('import') ? packed.get(found.url) : undefined;
      return url ? { url, format: 'module', shortCircuit: true } : found;
    },
  });
};
