import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { errorCatalogue } from '../../src/error-catalogue.js';
import { errorReference } from '../../src/error-reference.js';
import { ProviderError } from '../../src/errors.js';
import { allSources, repository, sources } from './support.js';

const dotted = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/;
/** Codes of errors as they are thrown or answered; a notice has a code too and is no error. */
const used = /MaestroError\(\s*'([^']+)'|^(?!.*'notice').*\bcode: '([a-z0-9_]+\.[a-z0-9_.]+)'/gm;

describe('error codes', () => {
  const codes = Object.keys(errorCatalogue);

  it('that the sources use all stand in the catalogue', () => {
    const missing = allSources()
      .filter(({ path }) => !path.startsWith('ui/'))
      .flatMap(({ path, text }) =>
        [...text.matchAll(used)].map(([, thrown, answered]) => [path, thrown ?? answered] as const),
      )
      .filter(([path, code]) => !path.endsWith('error-catalogue.ts') && !codes.includes(code as string));
    expect(missing.map(([path, code]) => `${code} in ${path}`)).to.deep.equal([]);
  });

  it('in the catalogue are all used', () => {
    const texts = [...allSources(), ...sources('e2e')].filter(({ path }) => !path.endsWith('error-catalogue.ts'));
    const kinds = readFileSync(join(repository, 'core/src/errors.ts'), 'utf8');
    const idle = codes.filter((code) => {
      const [family, kind] = code.split('.');
      if (family === 'provider' && kinds.includes(`'${kind}'`)) return false;
      return !texts.some(({ text }) => text.includes(`'${code}'`));
    });
    expect(idle).to.deep.equal([]);
  });

  it('are dotted, sorted, and say what happened and what to do', () => {
    expect(codes).to.deep.equal([...codes].sort());
    for (const [code, { status, meaning, remedy }] of Object.entries(errorCatalogue)) {
      expect(code).to.match(dotted);
      expect(status, code).to.be.within(400, 599);
      for (const words of [meaning, remedy])
        expect(words, code)
          .to.match(/^\S.*[.?]$/s)
          .and.not.match(/[|\n]/);
    }
  });

  it('are the reference that people read', () => {
    const page = readFileSync(join(repository, 'docs/reference/errors.md'), 'utf8');
    expect(page.split('\n'), 'run: node scripts/error-reference.mjs').to.deep.equal(
      errorReference(errorCatalogue).split('\n'),
    );
  });

  it('name the kind of a provider error', () => {
    const error = new ProviderError('rate_limit', 'slow down', {
      status: 429,
      retryAfterMs: 5,
      requestId: 'r',
      cause: 'x',
    });
    expect(error).to.include({ code: 'provider.rate_limit', status: 429, retryAfterMs: 5, requestId: 'r', cause: 'x' });
  });
});
