import { expect } from 'chai';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { MaestroError } from '../../src/errors.js';
import { NewTemplateBody } from '../../src/protocol/api.js';
import { readAgentFile, writeAgentFile } from '../../src/templates/agent-file.js';

const file = (...lines: string[]) => lines.join('\n');

function faultOf(text: string): string {
  try {
    readAgentFile('x.md', text);
  } catch (error) {
    if (error instanceof MaestroError && error.code === 'template.file') return error.message;
    throw error;
  }
  return 'none';
}

describe('an agent file', () => {
  it('says all of a template', () => {
    const { agent } = readAgentFile(
      'x.md',
      file(
        '\ufeff---\r',
        'name: poet\r',
        'description: "Verse: all kinds"\r',
        'role: Poet\r',
        'model: local/some/model\r',
        'tools: read_file, glob\r',
        'mcps: [one]\r',
        '---\r',
        '\r',
        'You write.\r',
      ),
    );
    expect(agent).to.deep.equal({
      name: 'poet',
      description: 'Verse: all kinds',
      role: 'Poet',
      preferred_provider: 'local',
      preferred_model: 'some/model',
      tools: ['read_file', 'glob'],
      mcps: ['one'],
      system_prompt: 'You write.',
    });
  });

  for (const [what, text, message] of [
    ['has no front matter', 'You write.', 'x.md:1: begins without front matter'],
    ['does not end it', '---\nname: a\nYou write.', 'x.md:1: begins without front matter'],
    ['has a key nobody knows', '---\nname: a\ntool: [b]\n---\nx', 'x.md:3: unknown key "tool", did you mean "tools"?'],
    ['is no YAML', '---\nname: a\ndescription: b: c\n---\nx', 'x.md:3: this is no YAML'],
    ['has a map where a text stands', '---\nname: {a: b}\n---\nx', 'x.md:2: name must be a text'],
    ['has an alias', '---\nname: &a b\nrole: *a\n---\nx', 'x.md:3: role must be a text'],
    ['has a name that is none', '---\nname: "../x"\n---\nx', 'x.md:2: name'],
    ['has no name', '---\nrole: x\n---\nx', 'x.md:1: name'],
    ['has an empty list', '---\nname: a\ntools: []\n---\nx', 'x.md:3: tools names none'],
    ['has a model without a provider', '---\nname: a\nmodel: big\n---\nx', 'x.md:3: model must be written as'],
    ['has no prompt', '---\nname: a\n---\n\n', 'x.md:4: the text below'],
    ['is too large', `---\nname: a\n---\n${'x'.repeat(300_000)}`, 'x.md:1: larger than 256 KiB'],
    ['holds zero bytes', '---\nname: a\n---\n\0', 'x.md:1: holds zero bytes'],
  ] as const) {
    it(`that ${what} is refused with its line`, () => {
      expect(faultOf(text)).to.contain(message);
    });
  }

  it('of another program is taken with what is known of it, and notes on the rest', () => {
    const text = file(
      '---',
      'name: My Agent!',
      'description: Use it: <example>a: b</example>',
      'model: inherit',
      'color: red',
      '---',
      'x',
    );
    const { agent, notes } = readAgentFile('x.md', text, { isForeign: true });
    expect(agent).to.deep.equal({
      name: 'My Agent-',
      description: 'Use it: <example>a: b</example>',
      system_prompt: 'x',
    });
    expect(notes).to.deep.equal(['"color" means nothing here and was left out']);
  });

  it('that was written is read as the same agent', () => {
    const line = fc.string({ maxLength: 60 }).map((text) => text.replace(/\p{Cc}/gu, '').trim());
    const tool = fc.stringMatching(/^[A-Za-z0-9_.:/-]{1,40}$/);
    const agents = fc.record({
      name: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,20}[A-Za-z0-9]$/),
      description: line,
      role: line,
      tools: fc.uniqueArray(tool, { minLength: 1, maxLength: 5 }),
      system_prompt: fc.string({ minLength: 1 }).map((text) => `x${text.replace(/[\0\r]/g, '')}`.trim()),
    });
    fc.assert(
      fc.property(agents, (agent) => {
        const { role, ...rest } = agent;
        const whole = { ...rest, ...(role && { role }) };
        expect(readAgentFile('x.md', writeAgentFile(whole)).agent).to.deep.equal(whole);
      }),
    );
  });

  it('of any text is an agent that may be saved, or a fault with its line', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .array(fc.constantFrom('---', 'name: a', 'tools:', ' - x', '*', '&a', '*a', '{', '[', ': ', 'x', '!!js', '"'), {
          maxLength: 12,
        })
        .map((lines) => ['---', ...lines].join('\n')),
    );
    fc.assert(
      fc.property(hostile, fc.boolean(), (text, isForeign) => {
        try {
          expect(Value.Check(NewTemplateBody, readAgentFile('x.md', text, { isForeign }).agent)).to.equal(true);
        } catch (error) {
          if (!(error instanceof MaestroError)) throw error;
          expect(error.message).to.match(/^x\.md:\d+: /);
        }
      }),
    );
  });
});
