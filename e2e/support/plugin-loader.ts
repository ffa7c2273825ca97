import { registerHooks } from 'node:module';

// Loaded into the server by `--import`: makes a plugin of these tests resolvable as if it were installed.

registerHooks({
  resolve(specifier, context, nextResolve) {
    if (specifier !== '@test/panels') return nextResolve(specifier, context);
    return { url: new URL('./test-plugin.js', import.meta.url).href, shortCircuit: true };
  },
});
