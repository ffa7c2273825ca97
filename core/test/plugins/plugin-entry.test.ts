import { expect } from 'chai';
import { withPluginEntry } from '../../src/plugins/plugin-entry.js';

const file = `# My settings
server: { port: 5000 } # not the usual one

plugins:
  # the one I wrote
  "@me/mine":
    folder: \${HOME}/x # a comment of mine
    depth: 3
  "@me/flow": { a: 1, key: { file: key.txt } }
`;

describe('the entry of a plugin in maestro.yaml', () => {
  it('is turned off and on again with its settings, and all comments stay', () => {
    const off = withPluginEntry(file, '@me/flow', { enabled: false });
    expect(off).to.equal(
      file.replace('{ a: 1, key: { file: key.txt } }', `false # was: {"a":1,"key":{"file":"key.txt"}}`),
    );
    const again = withPluginEntry(off, '@me/flow', { enabled: true });
    expect(again).to.match(/"@me\/flow":\s+a: 1\s+key:\s+file: key.txt/);
    expect(again.split('"@me/flow"')[0]).to.equal(file.split('"@me/flow"')[0]);
    expect(withPluginEntry(off, '@me/flow', { enabled: false }), 'twice is once').to.equal(off);
  });

  it('gets single settings, and loses those that are null', () => {
    const settings = [
      [['depth'], 4],
      [['inner', 'name'], 'x: y'],
      [['folder'], null],
    ] as const;
    const text = withPluginEntry(file, '@me/mine', { settings });
    expect(text).to.include('    depth: 4\n    inner:\n      name: "x: y"\n').and.not.include('folder');
    expect(text).to.include('# the one I wrote').and.include('# not the usual one');
  });

  it('is added where there is none, below the comments of a file that holds nothing else', () => {
    expect(withPluginEntry('# only words\n\n# more\n', 'mine', { enabled: false })).to.equal(
      '# only words\n\n# more\n\nplugins:\n  mine: false\n',
    );
    expect(withPluginEntry('', 'mine', { enabled: true })).to.equal('plugins:\n  mine: {}\n');
    expect(withPluginEntry('plugins:\n', 'mine', { enabled: true })).to.equal('plugins:\n  mine: {}\n');
  });

  it('leaves a text alone that is no YAML', () => {
    expect(withPluginEntry('a: [', 'mine', { enabled: true })).to.equal('a: [');
  });
});
