import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  type ModelEvent,
  type ModelMessage,
  type ModelRequest,
  type ProviderError,
  type ToolResultPart,
  text,
} from '@maestro/core';
import { expect } from 'chai';
import fc from 'fast-check';
import { guide } from '../src/guide.js';
import { pickFile } from '../src/pick-file.js';
import { RehearsalProvider } from '../src/provider.js';
import { wantedFile } from '../src/wanted-file.js';

const all = new Set(['list_directory', 'read_file', 'write_file']);
const around = { tools: all, workingDirectory: '/project' };
const user = (words: string): ModelMessage => ({ role: 'user', parts: [text(words)], provider: null, model: null });
const reply: ModelMessage = { role: 'assistant', parts: [text('...')], provider: 'rehearsal', model: 'rehearsal-1' };
const result = (name: string, words: string, outcome: ToolResultPart['outcome'] = 'succeeded'): ModelMessage => ({
  role: 'tool',
  parts: [
    {
      v: 1,
      type: 'tool_result',
      call_id: 'c',
      name,
      is_error: outcome !== 'succeeded',
      outcome,
      content: [text(words)],
      duration_ms: 1,
    },
  ],
  provider: null,
  model: null,
});
const spoken = (lines: ReturnType<typeof guide>) =>
  lines.flatMap((line) => ('say' in line ? [line.say] : [])).join(' ');
const called = (lines: ReturnType<typeof guide>) => lines.find((line) => 'call' in line);

describe('the guided conversation', () => {
  it('begins by saying that no model is connected, and lists the directory', () => {
    const lines = guide([user('hello')], around);
    expect(spoken(lines)).to.include('No model is connected');
    expect(called(lines)).to.deep.equal({ call: 'list_directory', args: { dir_path: '.' } });
  });

  it('reads a file that stood in the listing', () => {
    const lines = guide(
      [user('hello'), reply, result('list_directory', 'src/\nnotes.md (3 bytes)\nREADME.md (12 bytes)')],
      around,
    );
    expect(called(lines)).to.deep.equal({ call: 'read_file', args: { file_path: 'README.md', end_line: 40 } });
    expect(spoken(lines)).to.include('2 files and 1 folder are here');
  });

  it('asks for a file name when there is nothing to read', () => {
    const lines = guide([user('hello'), reply, result('list_directory', '. is empty.')], around);
    expect(called(lines)).to.equal(undefined);
    expect(spoken(lines)).to.include('name a file');
  });

  it('tells how the file begins', () => {
    const words = spoken(
      guide([user('hi'), reply, result('read_file', 'Lines 1-2 of 9:\n\n# The `title`\nmore')], around),
    );
    expect(words).to.include('begins with "The \'title\'"');
    expect(spoken(guide([user('hi'), reply, result('read_file', '')], around))).to.include('It is empty');
  });

  it('writes the file the person names, with what was really found', () => {
    const history = [
      user('hi'),
      reply,
      result('list_directory', 'a.md (1 bytes)'),
      reply,
      user('please write notes/hello.md'),
    ];
    expect(called(guide(history, around))).to.deep.include({ call: 'write_file' });
    expect(JSON.stringify(called(guide(history, around))))
      .to.include('- a.md (1 bytes)')
      .and.include('notes/hello.md');
    expect(JSON.stringify(called(guide([user('write x.md')], around)))).to.include('was not listed');
  });

  it('says what was written and how to connect a model', () => {
    const words = spoken(guide([user('write x.md'), reply, result('write_file', 'Created x.md (3 bytes).')], around));
    expect(words).to.include('Created x.md').and.include('maestro auth login');
  });

  it('stays honest when a tool fails, is switched off, or the question needs a model', () => {
    expect(spoken(guide([user('hi'), reply, result('read_file', 'denied', 'failed')], around))).to.include(
      'did not work out (failed): denied',
    );
    expect(spoken(guide([user('hi')], { ...around, tools: new Set() }))).to.include('`list_directory` is switched off');
    expect(spoken(guide([user('hi'), reply, user('what is love')], around))).to.include('cannot think about that');
    expect(called(guide([user('hi'), reply, user('look again')], around))).to.deep.include({ call: 'list_directory' });
  });

  it('answers any history without failing', () => {
    const message = fc.oneof(
      fc.string().map(user),
      fc.constant(reply),
      fc
        .tuple(fc.constantFrom('list_directory', 'read_file', 'write_file', 'other'), fc.string())
        .map(([name, words]) => result(name, words)),
    );
    fc.assert(fc.property(fc.array(message, { maxLength: 8 }), (history) => guide(history, around).length > 0));
  });
});

describe('the file a message names', () => {
  for (const [message, file] of [
    ['write `my notes.md` now', 'my notes.md'],
    ['Create docs/plan.txt, please.', 'docs/plan.txt'],
    ['save it to hello.md.', 'hello.md'],
    ['see https://example.com/a.html', undefined],
    ['version 1.2.3', undefined],
    ['use 24.21 of it, e.g. now', undefined],
    ['nothing here', undefined],
  ] as const) {
    it(`in "${message}" is ${file}`, () => expect(wantedFile(message)).to.equal(file));
  }
});

describe('the file to read', () => {
  it('is the most telling one, never a link out of sight, a huge or an odd one', () => {
    expect(pickFile('a.py (1 bytes)\npackage.json (2 bytes)')).to.equal('package.json');
    expect(pickFile('big.md (9999999 bytes)\n"odd\\n.md" (1 bytes)\nphoto.png (4 bytes)')).to.equal(undefined);
  });
});

describe('the rehearsal provider', () => {
  let folder: string;
  const controller = new AbortController();
  const provider = () => new RehearsalProvider({ pauseMs: 0, scripts: folder }, new AbortController().signal);
  const request = (
    model: string,
    messages: ModelMessage[] = [user('hi')],
    signal = controller.signal,
  ): ModelRequest => ({
    model,
    system: '',
    messages,
    tools: [...all].map((name) => ({ name, description: '', parameters: {} })),
    credential: undefined,
    sessionId: 's',
    conversationId: 'c',
    turnId: 't',
    effort: null,
    maxTokens: null,
    blob: () => Promise.reject(new Error('there are no images')),
    workingDirectory: '/project',
    signal,
    send: () => Promise.reject(new Error('the rehearsal has no server')),
    notice: () => undefined,
  });
  const collect = async (events: AsyncIterable<ModelEvent>) => {
    const found: ModelEvent[] = [];
    for await (const event of events) found.push(event);
    return found;
  };
  const script = (name: string, content: unknown) =>
    writeFile(path.join(folder, `${name}.json`), JSON.stringify(content));
  const failure = async (promise: Promise<unknown>) =>
    promise.then(
      () => expect.fail('it did not fail'),
      (error: ProviderError) => error,
    );

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'maestro-scripts-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('streams the guide word by word and ends asking for a tool', async () => {
    const events = await collect(provider().stream(request('rehearsal-1')));
    expect(events.filter((event) => event.type === 'delta').length).to.be.greaterThan(20);
    expect(events.filter((event) => event.type === 'start').map((event) => event.part)).to.deep.equal([
      'thinking',
      'text',
      'tool_call',
    ]);
    expect(events.at(-1)).to.deep.equal({ type: 'done', reason: 'tools' });
  });

  it('keeps every character of a text', async () => {
    const say = '  two  spaces\n\n- list\n';
    await script('exact', { replies: [[{ say }]] });
    const events = await collect(provider().stream(request('script-exact')));
    expect(events.map((event) => (event.type === 'delta' ? event.text : '')).join('')).to.equal(say);
  });

  it('offers each script as a model and plays its replies in turn', async () => {
    await script('two', {
      replies: [
        [{ say: 'one' }, { usage: { requestTokens: 5, responseTokens: 2 } }],
        [{ call: 'read_file', args: { file_path: 'a' } }],
      ],
    });
    expect((await provider().models()).map(({ id }) => id)).to.deep.equal(['rehearsal-1', 'script-two']);
    expect((await collect(provider().stream(request('script-two')))).at(-2)).to.deep.equal({
      type: 'usage',
      usage: { requestTokens: 5, responseTokens: 2 },
    });
    const second = await collect(provider().stream(request('script-two', [user('a'), reply, user('b')])));
    expect(second[0]).to.deep.equal({ type: 'start', part: 'tool_call', id: 'rehearsal_2_1', name: 'read_file' });
    const third = await collect(
      provider().stream(request('script-two', [user('a'), reply, user('b'), reply, user('c')])),
    );
    expect(third.map((event) => (event.type === 'delta' ? event.text : '')).join('')).to.equal('The script has ended.');
  });

  it('holds until it is released', async () => {
    await script('held', { replies: [[{ say: 'before' }, { hold: 'go' }, { wait: 1 }, { say: 'after' }]] });
    const seen: ModelEvent[] = [];
    const playing = (async () => {
      for await (const event of provider().stream(request('script-held'))) seen.push(event);
    })();
    while (!seen.some((event) => event.type === 'delta')) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(seen.some((event) => event.type === 'done')).to.equal(false);
    await writeFile(path.join(folder, 'go'), '');
    await playing;
    expect(seen.at(-1)).to.deep.equal({ type: 'done', reason: 'stop' });
  });

  it('fails as the script asks, and says what is wrong with a script or a model', async () => {
    await script('fails', { replies: [[{ fail: 'rate_limit', retryAfterMs: 10 }]] });
    await script('bad', { replies: [[{ shout: 'x' }]] });
    const why = (model: string) => failure(collect(provider().stream(request(model))));
    expect(await why('script-fails')).to.include({ kind: 'rate_limit', retryAfterMs: 10 });
    expect((await why('script-bad')).message).to.include('bad.json is not a script');
    expect((await why('script-none')).kind).to.equal('not_found');
    expect((await why('gone')).message).to.include('has no model "gone"');
    const elsewhere = new RehearsalProvider({ pauseMs: 0, scripts: path.join(folder, 'none') }, controller.signal);
    expect((await failure(elsewhere.models())).message).to.include('cannot be read');
  });

  it('stops in the middle when it is told to', async () => {
    const stop = new AbortController();
    await script('long', { replies: [[{ say: 'a b c' }, { wait: 60_000 }]] });
    const running = collect(provider().stream(request('script-long', [user('hi')], stop.signal)));
    setTimeout(() => stop.abort(), 10);
    expect((await failure(running)).name).to.equal('AbortError');
  });
});
