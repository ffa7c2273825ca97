// Writes config/maestro.schema.json, which editors check maestro.yaml with. Run after a build:
// node scripts/config-schema.mjs
import { writeFileSync } from 'node:fs';
import { configSchemaText } from '../core/dist/src/config/json-schema.js';

writeFileSync(new URL('../config/maestro.schema.json', import.meta.url), configSchemaText());
