import { posix } from 'node:path';
import { expect } from 'chai';
import { type Source, sources } from './support.js';

/** What each part of core/src may import: itself and whatever stands before it. */
const order = [
  ['errors', 'error-catalogue', 'error-reference', 'secret', 'log', 'log-sinks', 'nearest', 'schema-errors', 'config'],
  ['protocol'],
  ['wire'],
  ['oauth'],
  ['processes'],
  ['extension'],
  ['live'],
  ['fidelity', 'store'],
  ['jobs', 'signin', 'templates', 'panels', 'plugins', 'system'],
  ['session'],
  ['usage', 'catalogue'],
  ['server'],
  // What authors of plugins import, and what main.ts is made of.
  ['index', 'closing', 'crash-guard'],
  ['open-store'],
  ['main'],
  ['cli'],
];
const rank = new Map(order.flatMap((parts, index) => parts.map((part) => [part, index] as const)));

/** The part a file belongs to: its folder, or its own name at the top. */
function partOf(path: string): string {
  const [first = ''] = path.slice('core/src/'.length).split('/');
  return first.replace(/\.ts$/, '');
}

function importsOf({ path, text }: Source): string[] {
  const found = [...text.matchAll(/(?:from|import\()\s*'(\.{1,2}\/[^']+)'|^import '(\.{1,2}\/[^']+)'/gm)];
  return found.map(([, from, bare]) =>
    posix.join(posix.dirname(path), (from ?? bare) as string).replace(/\.js$/, '.ts'),
  );
}

function mayImport(part: string, other: string): boolean {
  if (part === other) return true;
  if (part === 'client') return other === 'protocol';
  if (part === 'testing') return other !== 'cli';
  if (part === 'cli') return other !== 'testing';
  if (other === 'client' || other === 'testing') return false;
  return (rank.get(other) ?? Number.POSITIVE_INFINITY) <= (rank.get(part) ?? -1);
}

describe('the folders of core/src', () => {
  const files = sources('core/src');

  it('are all known here', () => {
    const parts = new Set(files.map(({ path }) => partOf(path)));
    const unknown = [...parts].filter((part) => !rank.has(part) && part !== 'client' && part !== 'testing');
    expect(unknown).to.deep.equal([]);
    expect(files.length).to.be.greaterThan(50);
  });

  it('import only from those to their left', () => {
    const wrong = files.flatMap((file) =>
      importsOf(file)
        .filter((target) => target.startsWith('core/src/') && !mayImport(partOf(file.path), partOf(target)))
        .map((target) => `${file.path} imports ${target}`),
    );
    expect(wrong).to.deep.equal([]);
  });

  it('leave the server side out of what browsers load', () => {
    const wrong = files
      .filter(({ path }) => ['protocol', 'client'].includes(partOf(path)))
      .filter(({ text }) => /from 'node:/.test(text))
      .map(({ path }) => path);
    expect(wrong).to.deep.equal([]);
  });

  it('would notice a wrong import', () => {
    expect(mayImport('protocol', 'store')).to.equal(false);
    expect(mayImport('client', 'errors')).to.equal(false);
    expect(mayImport('server', 'cli')).to.equal(false);
    expect(mayImport('session', 'testing')).to.equal(false);
    expect(mayImport('session', 'live')).to.equal(true);
    const file = { path: 'core/src/wire/x.ts', text: "import '../store/y.js';\nconst z = await import('./z.js');" };
    expect(importsOf(file)).to.deep.equal(['core/src/store/y.ts', 'core/src/wire/z.ts']);
  });
});
