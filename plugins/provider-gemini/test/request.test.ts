import { type ContentPart, text } from '@maestro/core';
import { expect } from 'chai';
import { FOREIGN_SIGNATURE } from '../src/contents.js';
import type { Media } from '../src/media.js';
import { mediaOf } from '../src/media.js';
import { codeAssistSets, keySets } from '../src/profiles/by-name.js';
import {
  assistCountFields,
  assistFields,
  countFields,
  generateFields,
  type Prompt,
  tellDropped,
} from '../src/request.js';
import { call, model, reply, result, results, think, user } from './support.js';

const none: Media = new Map();
const { dialect } = keySets['gemini-cli'];
const prompt = (change: Partial<Prompt> = {}): Prompt => ({
  model,
  system: '',
  messages: [user('hello')],
  tools: [],
  effort: null,
  ...change,
});
const contents = (change: Partial<Prompt>, media = none) =>
  generateFields(prompt(change), media, dialect).contents as { role: string; parts: object[] }[];
const thinking = (of: string, effort: Prompt['effort'] = null) =>
  (generateFields(prompt({ model: of, effort }), none, dialect).generationConfig as { thinkingConfig?: object })
    .thinkingConfig;

describe('a request to Gemini', () => {
  it('has contents, system instruction, tools and settings, parts before the role', () => {
    const tools = [{ name: 'look', description: 'Looks', parameters: { type: 'object', properties: {} } }];
    const fields = generateFields(prompt({ system: 'Be brief.', tools }), none, dialect);
    expect(JSON.stringify(fields)).to.equal(
      JSON.stringify({
        contents: [{ parts: [{ text: 'hello' }], role: 'user' }],
        systemInstruction: { parts: [{ text: 'Be brief.' }], role: 'user' },
        tools: [
          {
            functionDeclarations: [
              { name: 'look', description: 'Looks', parametersJsonSchema: { type: 'object', properties: {} } },
            ],
          },
        ],
        generationConfig: {
          temperature: 1,
          topP: 0.95,
          topK: 64,
          thinkingConfig: { includeThoughts: true, thinkingBudget: 8192 },
        },
      }),
    );
  });

  it('is wrapped for Code Assist, the role before parts', () => {
    const ids = { conversationId: 'c', turnId: 't-1' };
    const fields = assistFields({ ...prompt(), ...ids }, none, codeAssistSets['gemini-cli'], 'p');
    expect(Object.keys(fields)).to.deep.equal(['model', 'project', 'user_prompt_id', 'request']);
    const request = JSON.parse(JSON.stringify(fields.request)) as Record<string, unknown>;
    expect(Object.keys(request)).to.deep.equal(['contents', 'generationConfig', 'session_id']);
    expect(JSON.stringify(request.contents)).to.equal('[{"role":"user","parts":[{"text":"hello"}]}]');
    const other = assistFields({ ...prompt({ system: 's' }), ...ids }, none, codeAssistSets['llxprt-0.9'], undefined);
    expect(JSON.parse(JSON.stringify(other))).to.deep.equal({
      model,
      user_prompt_id: 'oauth-session:c:t1',
      request: {
        contents: [
          { role: 'user', parts: [{ text: 's' }] },
          { role: 'user', parts: [{ text: 'hello' }] },
        ],
        generationConfig: {},
      },
    });
  });

  it('sends signatures back to the model they came from, on the part they came with', () => {
    const message = reply([
      think('**Hm**', 'dGhvdWdodA=='),
      think('never signed'),
      think('', 'dGV4dA=='),
      text('I look.'),
      think('', 'Y2FsbA=='),
      call('a'),
      call('b'),
      think('', 'ZW5k'),
    ]);
    const [, own] = contents({ messages: [user('x'), message, results(result('a'), result('b'))] });
    expect(own!.parts).to.deep.equal([
      { text: '**Hm**', thought: true, thoughtSignature: 'dGhvdWdodA==' },
      { text: 'I look.', thoughtSignature: 'dGV4dA==' },
      { functionCall: { id: 'a', args: { at: 'it' }, name: 'look' }, thoughtSignature: 'Y2FsbA==' },
      { functionCall: { id: 'b', args: { at: 'it' }, name: 'look' } },
      { text: '', thoughtSignature: 'ZW5k' },
    ]);
  });

  it('drops the thinking of others and says so, and marks their calls where a signature is a must', () => {
    const foreign = reply([think('Hm', 'x'), text('I look.'), call('a'), call('b')], 'claude-opus-5-5', 'anthropic');
    const messages = [user('x'), foreign, results(result('a'), result('b'))];
    const [, older] = contents({ messages });
    expect(older!.parts.map((part) => Object.keys(part))).to.deep.equal([['text'], ['functionCall'], ['functionCall']]);
    const [, newer] = contents({ messages, model: 'gemini-3.8-flash' });
    expect(newer!.parts.slice(1)).to.deep.equal([
      { functionCall: { id: 'a', args: { at: 'it' }, name: 'look' }, thoughtSignature: FOREIGN_SIGNATURE },
      { functionCall: { id: 'b', args: { at: 'it' }, name: 'look' } },
    ]);
    const notices: string[] = [];
    const notice = (code: string) => void notices.push(code);
    tellDropped({ messages, model, notice });
    tellDropped({ messages: [...messages, reply([text('own')])], model, notice });
    expect(notices).to.deep.equal(['thinking.dropped']);
  });

  it('gives the results of parallel calls together and alone, failures as failures', () => {
    const failed = result('b', { is_error: true, outcome: 'failed', content: [] });
    const messages = [user('x'), reply([call('a'), call('b')]), results(result('a'), failed), user('and?'), user('!')];
    const all = contents({ messages });
    expect(all.map(({ role, parts }) => [role, parts.length])).to.deep.equal([
      ['user', 1],
      ['model', 2],
      ['user', 2],
      ['user', 1],
      ['user', 1],
    ]);
    expect(all[2]!.parts).to.deep.equal([
      { functionResponse: { name: 'look', response: { output: 'seen' }, id: 'a' } },
      { functionResponse: { name: 'look', response: { error: 'failed without a message' }, id: 'b' } },
    ]);
  });

  it('sends arguments that are no object as none, and leaves out replies without a word', () => {
    const messages = [user('x'), reply([text('')]), reply([call('a', 'look', 'text')]), results(result('a'))];
    const [, own, ...rest] = contents({ messages });
    expect(own!.parts).to.deep.equal([{ functionCall: { id: 'a', args: {}, name: 'look' } }]);
    expect(rest).to.have.length(1);
  });

  const image = { v: 1, type: 'image', media_type: 'image/png', blob: 'b1' } as const;
  const pdf = { v: 1, type: 'file', name: 'a.pdf', media_type: 'application/pdf', blob: 'b2' } as const;
  const zip = { v: 1, type: 'file', name: 'a.zip', media_type: 'application/zip', blob: 'b3' } as const;
  const gone = { ...image, blob: 'gone' } as const;
  const blob = async (hash: string) => {
    if (hash === 'gone') throw new Error('no blob');
    return Buffer.from(hash);
  };

  it('shows images and PDFs of a person, and names what it cannot show', async () => {
    const messages = [user('see', image, pdf, zip, gone)];
    const media = await mediaOf({ messages, blob });
    expect(contents({ messages }, media)[0]!.parts).to.deep.equal([
      { text: 'see' },
      { inlineData: { data: 'YjE=', mimeType: 'image/png' } },
      { inlineData: { data: 'YjI=', mimeType: 'application/pdf' } },
      { text: '[the file "a.zip", not sent]' },
      { text: '[an image, image/png, not sent]' },
    ]);
  });

  it('shows images of a result inside it from Gemini 3 on, and beside it before', async () => {
    const shot = result('a', { content: [text('a shot'), image, zip] });
    const messages = [user('x'), reply([call('a')]), results(shot)];
    const media = await mediaOf({ messages, blob });
    const picture = { inlineData: { data: 'YjE=', mimeType: 'image/png' } };
    const response = {
      name: 'look',
      response: { output: 'a shot\n[the file "a.zip", not sent]' },
      id: 'a',
    };
    expect(contents({ messages }, media)[2]!.parts).to.deep.equal([{ functionResponse: response }, picture]);
    expect(contents({ messages, model: 'gemini-3.8-flash' }, media)[2]!.parts).to.deep.equal([
      { functionResponse: { ...response, parts: [picture] } },
    ]);
  });

  it('tells what a terminal showed, and not what is for the person', () => {
    const content: ContentPart[] = [
      { v: 1, type: 'terminal', chunks: [{ stream: 'stdout', text: 'out' }], exit_code: 1 },
      { v: 1, type: 'diff', path: 'a', hunks: [] },
    ];
    const messages = [user('x'), reply([call('a')]), results(result('a', { content }))];
    expect(contents({ messages })[2]!.parts).to.deep.equal([
      { functionResponse: { name: 'look', response: { output: 'out\n(exit code 1)' }, id: 'a' } },
    ]);
  });

  it('asks each model to think in the way it knows', () => {
    const includeThoughts = true;
    expect(thinking('gemini-2.5-pro', 'low')).to.deep.equal({ includeThoughts, thinkingBudget: 2048 });
    expect(thinking('gemini-2.5-pro', 'high')).to.deep.equal({ includeThoughts, thinkingBudget: 24_576 });
    expect(thinking('gemini-3.8-flash')).to.deep.equal({ includeThoughts, thinkingLevel: 'HIGH' });
    expect(thinking('gemini-3.8-flash', 'medium')).to.deep.equal({ includeThoughts, thinkingLevel: 'MEDIUM' });
    expect(thinking('gemini-3-pro-preview', 'medium')).to.deep.equal({ includeThoughts, thinkingLevel: 'HIGH' });
    expect(thinking('gemini-4-argon', 'low')).to.deep.equal({ includeThoughts, thinkingLevel: 'LOW' });
    expect(thinking('gemini-flash-latest')).to.deep.equal({ includeThoughts });
    expect(thinking('gemini-2.0-flash', 'high')).to.equal(undefined);
    expect(thinking('gemma-4-31b-it', 'high')).to.equal(undefined);
    const quiet = keySets.llxprt.dialect;
    expect(generateFields(prompt(), none, quiet).generationConfig).to.deep.equal({});
    expect(generateFields(prompt({ effort: 'low' }), none, quiet).generationConfig).to.deep.equal({
      thinkingConfig: { includeThoughts, thinkingBudget: 2048 },
    });
  });

  it('is the same at its beginning when a conversation goes on, so that the cache of the provider finds it', () => {
    const history = [user('x'), reply([call('a')], 'gpt-6', 'openai'), results(result('a'))];
    const later = [...history, reply([text('so')], 'gemini-3.8-flash'), user('more')];
    const of = (messages: typeof history) => contents({ messages, model: 'gemini-3.8-flash' });
    expect(of(later).slice(0, 3)).to.deep.equal(of(history));
  });

  it('counts contents alone where there is nothing else, and everything where there is', () => {
    expect(countFields(prompt(), none, dialect)).to.have.keys(['contents']);
    const tools = [{ name: 'look', description: 'Looks', parameters: {} }];
    const whole = countFields(prompt({ system: 's', tools }), none, dialect);
    expect(whole.generateContentRequest).to.include({ model: `models/${model}` });
    const assist = assistCountFields(prompt({ system: 's', tools }), none, codeAssistSets['gemini-cli'].dialect);
    const { contents: counted } = assist.request as { contents: { parts: { text: string }[] }[] };
    expect(counted[0]!.parts.map(({ text: words }) => words.slice(0, 8))).to.deep.equal(['s', '[{"name"']);
  });
});
