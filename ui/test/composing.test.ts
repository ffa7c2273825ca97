import type { ApprovalResource, CredentialResource, MediaLimits, Question, Session } from '@maestro/core/protocol';
import { expect } from 'chai';
import { registerSlashCommand, slashArguments, slashCommandOf, slashCommands } from '../src/state/slash-commands.js';
import { askedFor, coverage, proposedChange, proposedCommand } from '../src/text/approval.js';
import { MOST_FILES, refusalOf } from '../src/text/attachment-limits.js';
import { authOptions } from '../src/text/auth-options.js';
import { completed, highlighted, wantedAt } from '../src/text/completion.js';
import { answerOf, filledAtFirst, singleChoice } from '../src/text/question-answer.js';

describe('what is completed in the composer', () => {
  it('is a file behind an @, a command at the beginning, or what a command is about', () => {
    expect(wantedAt('see @lib/ba', 11)).to.deep.equal({ kind: 'file', query: 'lib/ba', from: 4, to: 11 });
    expect(wantedAt('see @"full ba', 13)).to.equal(null);
    expect(wantedAt('me@example.org', 14)).to.equal(null);
    expect(wantedAt('(@x', 3)?.kind).to.equal('file');
    expect(wantedAt('@one two', 8)).to.equal(null);
    expect(wantedAt('/co', 3)).to.deep.equal({ kind: 'command', query: 'co', from: 0, to: 3 });
    expect(wantedAt('say /co', 7)).to.equal(null);
    expect(wantedAt('/model gpt', 10)).to.deep.equal({
      kind: 'argument',
      query: 'gpt',
      from: 7,
      to: 10,
      command: 'model',
    });
  });

  it('is put in where it was typed, with one space behind it and none behind a directory', () => {
    const put = (text: string, caret: number, value: string) => completed(text, wantedAt(text, caret)!, value);
    expect(put('see @ba now', 7, 'lib/back.ts')).to.deep.equal({ text: 'see @lib/back.ts now', caret: 16 });
    expect(put('see @ba', 7, 'a b.md')).to.deep.equal({ text: 'see @"a b.md" ', caret: 14 });
    expect(put('see @li', 7, 'lib/')).to.deep.equal({ text: 'see @lib/', caret: 9 });
    expect(put('/co', 3, 'compact')).to.deep.equal({ text: '/compact ', caret: 9 });
    expect(put('/model g', 8, 'gpt-5')).to.deep.equal({ text: '/model gpt-5', caret: 12 });
  });

  it('is set off where it fits', () => {
    expect(
      highlighted('fullbackup.md', 'BACK')
        .map(({ text, isHit }) => (isHit ? `[${text}]` : text))
        .join(''),
    ).to.equal('full[back]up.md');
    expect(highlighted('x', '')).to.deep.equal([{ text: 'x', isHit: false }]);
  });
});

describe('slash commands', () => {
  it('are known by their names; anything else is said', () => {
    const ran: string[] = [];
    const undo = registerSlashCommand({
      name: 'greet',
      title: 'Greets',
      hint: '[whom]',
      from: 'panel-x',
      options: () => [{ value: 'world', label: 'world', detail: 'all of it' }],
      run: ({ args }) => void ran.push(args),
    });
    registerSlashCommand({ name: 'greet', title: 'Another', run: () => void ran.push('second') });
    expect(slashCommands('gr')).to.deep.equal([{ value: 'greet', label: '/greet', detail: 'Greets [whom] (panel-x)' }]);
    expect(slashArguments('greet', 'wor', {} as Session)).to.have.length(1);
    expect(slashArguments('greet', 'mars', {} as Session)).to.have.length(0);
    const found = slashCommandOf('/greet the  world ');
    expect(found?.args).to.equal('the  world');
    void found?.command.run({ args: found.args } as never);
    expect(ran).to.deep.equal(['the  world']);
    expect(slashCommandOf('/etc/hosts')).to.equal(null);
    expect(slashCommandOf('say /greet')).to.equal(null);
    undo();
    expect(slashCommandOf('/greet')).to.equal(null);
  });
});

describe('files that go along with a message', () => {
  const media: MediaLimits = {
    images: ['image/png'],
    files: ['application/pdf'],
    imageBytes: 1_000,
    fileBytes: 5_000,
    totalBytes: 6_000,
    imageCount: 2,
  };
  const file = (name: string, media_type: string, bytes: number) => ({ name, media_type, bytes });
  const why = (one: ReturnType<typeof file>, others: ReturnType<typeof file>[] = []) => refusalOf(one, others, media);

  it('are refused by what the server and the provider take, with the reason', () => {
    expect(why(file('a.txt', 'text/plain', 100))).to.equal(null);
    expect(why(file('a.txt', 'text/plain', 0))).to.equal('a.txt is empty');
    expect(why(file('a.bin', '', 40_000_000))).to.equal(
      'a.bin has 40.0 MB, and 33.6 MB is the most that can be attached',
    );
    expect(why(file('a.png', 'image/png', 2_000))).to.equal('a.png has 2 KB, and 1 KB is the most this provider takes');
    const two = [file('a.png', 'image/png', 10), file('b.png', 'image/png', 10)];
    expect(why(file('c.png', 'image/png', 10), two)).to.match(/^c\.png is one too many: .* 2 images at once/);
    expect(why(file('b.pdf', 'application/pdf', 4_000), [file('a.pdf', 'application/pdf', 4_000)])).to.match(
      /8 KB together/,
    );
    expect(refusalOf(file('x', '', 1), Array(MOST_FILES).fill(file('y', '', 1)), null)).to.match(
      /a message takes 20 files/,
    );
    expect(refusalOf(file('a.png', 'image/png', 2_000), [], null)).to.equal(null);
  });
});

describe('what an agent asks for', () => {
  const asked = (of: Partial<ApprovalResource>) =>
    ({ kind: 'tool', agent_name: 'Forge', tool: 't', title: 'T', form: null, always: null, ...of }) as ApprovalResource;

  it('is said in a line', () => {
    expect(askedFor(asked({ args: { path: 'a/b.ts' } }))).to.equal('Forge asks to run t: a/b.ts');
    const form: Question = { title: 'Which?', from: 'a server', fields: [] };
    expect(askedFor(asked({ kind: 'question', form }))).to.equal('a server asks: Which?');
    expect(askedFor(asked({ kind: 'limit', form }))).to.equal('Forge reached a limit: Which?');
  });

  it('is shown as what would change, or what would run', () => {
    const edit = { path: 'a.ts', old_string: 'one\ntwo\nthree', new_string: 'one\n2\nthree' };
    expect(proposedChange(asked({ effects: 'write', args: edit }))?.hunks[0]?.lines).to.deep.equal([
      ' one',
      '-two',
      '+2',
      ' three',
    ]);
    const whole = proposedChange(asked({ effects: 'write', args: { file_path: 'a', content: 'x\n' } }));
    expect(whole).to.deep.equal({ path: 'a', hunks: [{ old_start: 1, new_start: 1, lines: ['+x'] }] });
    expect(proposedChange(asked({ effects: 'exec', args: edit }))).to.equal(null);
    expect(proposedCommand(asked({ effects: 'exec', args: { command: 'npm test' } }))).to.equal('npm test');
    expect(proposedCommand(asked({ effects: 'read', args: { command: 'npm test' } }))).to.equal(null);
  });

  it('names what is not asked again', () => {
    expect(coverage(asked({}))).to.equal(null);
    expect(coverage(asked({ always: { tool: 't', pattern: 'npm test \\*' } }))).to.deep.equal({
      tool: 't',
      pattern: 'npm test *',
    });
  });
});

describe('answers to questions', () => {
  const fields: Question['fields'] = [
    { name: 'n', label: 'Count', kind: 'number', isRequired: true },
    { name: 't', label: 'Text', kind: 'text' },
    { name: 'b', label: 'Sure', kind: 'boolean' },
    { name: 'c', label: 'One', kind: 'choice', options: [{ value: 'x', label: 'X' }], isRequired: true },
    { name: 'm', label: 'Many', kind: 'choices', options: [{ value: 'y', label: 'Y' }] },
  ];

  it('have the types of their fields, without those left empty', () => {
    const filled = filledAtFirst(fields);
    expect([...answerOf(fields, filled).problems]).to.deep.equal([['n', 'Count is needed']]);
    filled.set('n', 'many');
    expect(answerOf(fields, filled).problems.get('n')).to.equal('Count is a number');
    filled.set('n', '3');
    filled.set('m', ['y']);
    expect(answerOf(fields, filled)).to.deep.equal({
      values: { n: 3, b: false, c: 'x', m: ['y'] },
      problems: new Map(),
    });
  });

  it('are given with a button where one choice is all there is', () => {
    expect(singleChoice({ title: '', fields: [fields[3]!] })?.name).to.equal('c');
    expect(singleChoice({ title: '', fields: [fields[2]!] })?.options?.map(({ label }) => label)).to.deep.equal([
      'Yes',
      'No',
    ]);
    expect(singleChoice({ title: '', fields })).to.equal(null);
    expect(singleChoice({ title: '', fields: [{ ...fields[3]!, isOpen: true }] })).to.equal(null);
  });
});

describe('what a session signs in with', () => {
  it('is one of the credentials of its provider, by name and state', () => {
    const one = (of: Partial<CredentialResource>) =>
      ({ provider: 'p', auth_type: 'api_key', label: '', account: null, state: 'ready', ...of }) as CredentialResource;
    const credentials = [
      one({ id: '1' }),
      one({ id: '2', auth_type: 'oauth', account: 'me@x.org', state: 'needs_login' }),
      one({ id: '3', provider: 'q' }),
    ];
    expect(authOptions({ provider: 'p', auth_type: 'api_key' }, credentials)).to.deep.equal([
      { value: '', label: 'API key' },
      { value: '1', label: 'API key' },
      { value: '2', label: 'Account: me@x.org (sign in again)' },
    ]);
    expect(authOptions({ provider: 'z', auth_type: null }, credentials)).to.deep.equal([]);
  });
});
