import { expect } from 'chai';
import { allSources, sources } from './support.js';

const lines = (text: string) => text.split('\n').length - 1;

describe('size', () => {
  it('of a file is at most 400 lines, unless its head says why it stays whole', () => {
    const long = allSources().filter(({ text }) => lines(text) > 400);
    const silent = long.filter(({ text }) => {
      const head = text.split('\n').slice(0, 40).join('\n');
      const comments = head.match(/\/\*\*[\s\S]*?\*\/|(?:^\s*\/\/.*\n)+/gm) ?? [];
      return !comments.some((comment) => comment.length > 60);
    });
    expect(silent.map(({ path, text }) => `${path}: ${lines(text)}`)).to.deep.equal([]);
  });

  it('of the extension mechanism stays under 800 lines', () => {
    const total = sources('core/src/extension').reduce((sum, { text }) => sum + lines(text), 0);
    expect(total).to.be.within(1, 800);
  });
});
