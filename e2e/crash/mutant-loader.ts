import { registerHooks } from 'node:module';
import { mutants } from './mutants.js';

// Loaded into the server by `--import`: puts the fault that MAESTRO_MUTANT names into the source as it is read.
// The product itself knows nothing of mutants.

const name = process.env.MAESTRO_MUTANT ?? '';
const mutant = mutants[name];
if (!mutant) throw new Error(`there is no mutant "${name}"`);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(`/core/dist/src/${mutant.file}`)) return loaded;
    const source = String(loaded.source);
    const places = source.split(mutant.find).length - 1;
    if (places !== 1) throw new Error(`the mutant "${name}" found its place ${places} times in ${mutant.file}`);
    console.error(`mutant: ${mutant.fault}`);
    return { ...loaded, source: source.replace(mutant.find, () => mutant.replace) };
  },
});
