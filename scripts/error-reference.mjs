// Writes docs/reference/errors.md from the catalogue of built error codes. Run after a build:
// node scripts/error-reference.mjs
import { writeFileSync } from 'node:fs';
import { errorCatalogue } from '../core/dist/src/error-catalogue.js';
import { errorReference } from '../core/dist/src/error-reference.js';

writeFileSync(new URL('../docs/reference/errors.md', import.meta.url), errorReference(errorCatalogue));
