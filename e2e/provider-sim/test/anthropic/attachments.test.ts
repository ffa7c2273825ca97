import Anthropic from '@anthropic-ai/sdk';
import { expect } from 'chai';
import { type ProviderSim, startProviderSim } from '../../src/index.js';
import { client, control, model, user } from '../support.js';

const base64 = (bytes: string) => Buffer.from(bytes, 'latin1').toString('base64');
const png = base64('\x89PNG\r\n\x1a\nand so on');
const jpeg = base64('\xff\xd8\xff\xe0and so on');

const image = (media_type: string, data: string) => ({ type: 'image', source: { type: 'base64', media_type, data } });
const pdf = (media_type: string, data: string) => ({ type: 'document', source: { type: 'base64', media_type, data } });
const plain = (data: string) => ({ type: 'document', source: { type: 'text', media_type: 'text/plain', data } });

describe("the Messages API of the simulator, judged by the vendor's client", () => {
  let sim: ProviderSim;
  before(async () => {
    sim = await startProviderSim({ seed: 'test' });
  });
  after(async () => sim.close());

  const ask = (content: unknown[], more: object = {}, by = client(sim)) =>
    by.messages.create({
      model,
      max_tokens: 100,
      messages: [{ role: 'user', content: content as Anthropic.ContentBlockParam[] }],
      ...more,
    });
  const result = (content: unknown[], is_error: boolean) => ({
    messages: [
      user('look'),
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'look', input: {} }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', is_error, content }] },
    ],
  });
  const refusalOf = async (asked: Promise<unknown>): Promise<InstanceType<typeof Anthropic.APIError>> => {
    const error = await asked.then(
      () => undefined,
      (cause: unknown) => cause,
    );
    expect(error).to.be.instanceOf(Anthropic.APIError);
    return error as InstanceType<typeof Anthropic.APIError>;
  };

  it('takes images, PDFs and text, in messages and in results', async () => {
    const shown = [image('image/png', png), image('image/jpeg', jpeg), pdf('application/pdf', base64('%PDF-1.7'))];
    await ask([...shown, plain('words'), { type: 'text', text: 'hi' }]);
    await ask([], result([{ type: 'text', text: 'x' }, image('image/png', png)], false));
  });

  for (const [what, block, words] of [
    ['an image of another type', image('image/tiff', png), 'Input should be'],
    ['an image that is not what it is said to be', image('image/png', jpeg), 'appears to be a image/jpeg image'],
    ['an image without data', image('image/png', ''), 'Field required'],
    ['an image that is no base64', image('image/png', 'ä?'), 'Invalid base64'],
    ['an image that is too large', image('image/png', 'A'.repeat(5_242_884)), 'exceeds 5 MB'],
    ['an image without a source', { type: 'image' }, 'Field required'],
    ['a document of another type', pdf('application/zip', png), "Input should be 'application/pdf'"],
    ['an empty text', plain(''), 'at least 1 character'],
  ] as const)
    it(`refuses ${what}`, async () => {
      const { status, message } = await refusalOf(ask([block]));
      expect(status).to.equal(400);
      expect(message).to.contain(words);
    });

  it('refuses an image that is too long, the sooner where there are many', async () => {
    const long = (pixels: string) => image('image/png', base64(`\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0${pixels}\0\0\0\x01`));
    expect((await refusalOf(ask([long('\x1f\x41')]))).message).to.contain('max allowed size: 8000 pixels');
    const few = Array.from({ length: 19 }, () => image('image/png', png));
    await ask([...few, long('\x07\xd1')]);
    const many = await refusalOf(ask([...few, image('image/png', png), long('\x07\xd1')]));
    expect(many.message).to.contain('max allowed size for many-image requests: 2000 pixels');
  });

  it('refuses an image in the result of a call that failed', async () => {
    expect((await refusalOf(ask([], result([image('image/png', png)], true)))).message).to.contain('is_error');
  });

  it('takes marks of the cache, and refuses too many and those in the wrong order', async () => {
    const marked = (ttl: string) => ({ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ttl } });
    await ask([marked('1h'), marked('5m')]);
    expect((await refusalOf(ask(Array.from({ length: 5 }, () => marked('5m'))))).message).to.contain('maximum of 4');
    expect((await refusalOf(ask([marked('5m'), marked('1h')]))).message).to.contain('must not come after');
    expect((await refusalOf(ask([marked('2h')]))).message).to.contain("'5m' or '1h'");
  });

  it('takes an effort from models that have one', async () => {
    const effort = (value: string, id = model) => ask([{ type: 'text', text: 'x' }], effortOf(value, id));
    await effort('low');
    expect((await refusalOf(effort('most'))).message).to.contain('output_config.effort');
    expect((await refusalOf(effort('low', 'claude-haiku-4-5'))).message).to.contain('does not support the effort');
  });

  it('takes the token of an account with its beta alone, and says where it is meant for another application', async () => {
    const by = (authToken: string, beta?: string) =>
      new Anthropic({
        baseURL: sim.url,
        apiKey: null,
        authToken,
        maxRetries: 0,
        ...(beta && { defaultHeaders: { 'anthropic-beta': beta } }),
      });
    const words = [{ type: 'text', text: 'hi' }];
    await ask(words, {}, by('sk-ant-oat-right', 'oauth-2025-04-20'));
    expect(await refusalOf(ask(words, {}, by('sk-ant-oat-right')))).to.include({ status: 401 });
    expect(await refusalOf(ask(words, {}, by('sk-ant-oat-invalid', 'oauth-2025-04-20')))).to.include({ status: 401 });
    expect(await refusalOf(ask(words, {}, client(sim, 'sk-ant-oat-right')))).to.include({ status: 401 });
    const restricted = await refusalOf(ask(words, {}, by('sk-ant-oat-restricted', 'oauth-2025-04-20')));
    expect(restricted).to.include({ status: 400 });
    expect(restricted.message).to.contain('only authorized for use with');
  });

  it('says of its models what they read', async () => {
    const found = await client(sim).models.retrieve('claude-haiku-4-5');
    expect(found.capabilities?.image_input.supported).to.equal(true);
    expect(found.capabilities?.effort.supported).to.equal(false);
  });

  it('counts what it would take, with a key', async () => {
    const content = [image('image/png', png)] as Anthropic.ContentBlockParam[];
    const counted = await client(sim).messages.countTokens({ model, messages: [{ role: 'user', content }] });
    expect(counted.input_tokens).to.be.greaterThan(0);
    expect((await control(sim, 'GET', 'rejected')).status).to.equal(200);
  });
});

const effortOf = (effort: string, id: string) => ({ model: id, output_config: { effort } });
