import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { CallResource, List, Part } from '@maestro/core/protocol';
import { type ProviderSim, startProviderSim } from '@maestro/provider-sim';
import { expect } from 'chai';
import { maestro } from '../support/command.js';
import { dropHome, MaestroProcess } from '../support/maestro-process.js';
import { messagesOf, type OneProvider, picture, trio, trioHome, trioKeys } from '../support/three-providers.js';

/** How each writes a picture and a document, by the bytes. */
const written: Record<OneProvider['id'], (data: string, type: string) => string> = {
  anthropic: (data, type) => `"source":{"type":"base64","media_type":"${type}","data":"${data}"}`,
  openai: (data, type) => `data:${type};base64,${data}`,
  gemini: (data, type) => `"inlineData":{"data":"${data}","mimeType":"${type}"}`,
};

describe('what a person attaches', function () {
  this.timeout(300_000);
  let sim: ProviderSim;
  let home: string;
  let folder: string;
  let server: MaestroProcess;

  before(async () => {
    sim = await startProviderSim();
    folder = await mkdtemp(path.join(tmpdir(), 'maestro-attach-'));
    home = await trioHome(sim.url);
    server = await MaestroProcess.start({ home, env: trioKeys });
    await writeFile(path.join(folder, 'picture.png'), picture);
    // A name does not make it an image, and none makes it text.
    await writeFile(path.join(folder, 'fake.png'), '%PDF-1.7 of sorts');
    await writeFile(path.join(folder, 'notes.md'), '# The notes\n');
    await writeFile(path.join(folder, 'large.png'), Buffer.concat([picture, randomBytes(4_000_000)]));
  });
  after(async () => {
    await server?.stop();
    await sim?.close();
    await dropHome(home);
    await rm(folder, { recursive: true, force: true });
  });
  beforeEach(() => sim.reset());

  const run = (provider: OneProvider, words: string, files: string[], more: string[] = []) => {
    const attached = files.flatMap((file) => ['-a', path.join(folder, file)]);
    const model = `${provider.id}/${provider.model}`;
    return maestro(['run', words, ...attached, '-m', model, '-C', folder, ...more], { home, env: trioKeys });
  };
  const sent = (provider: OneProvider) =>
    sim.requests
      .filter((request) => provider.path.test(request.path.split('?')[0]!))
      .map(({ body }) => body.toString());

  for (const provider of trio) {
    it(`reaches ${provider.id} byte for byte, as what it is, in this turn and the next`, async () => {
      const { stdout: id } = await maestro(['session', 'new', '-m', `${provider.id}/${provider.model}`, '-C', folder], {
        home,
      });
      const { code, stderr } = await run(provider, 'hello', ['picture.png', 'fake.png', 'notes.md'], ['-s', id.trim()]);
      expect(code, stderr).to.equal(0);
      expect((await run(provider, 'hello again', [], ['-s', id.trim()])).code).to.equal(0);
      const bodies = sent(provider);
      const write = written[provider.id];
      for (const body of [bodies[0]!, bodies.at(-1)!]) {
        expect(body).to.contain(write(picture.toString('base64'), 'image/png'));
        const pdf = await readFile(path.join(folder, 'fake.png'), 'base64');
        expect(body).to.contain(write(pdf, 'application/pdf'));
        expect(body).to.contain('The file \\"notes.md\\":\\n```\\n# The notes\\n```');
      }
      expect(sim.rejected).to.deep.equal([]);
      await recordIsExact(id.trim());
      const [said] = await messagesOf(server, id.trim());
      expect(said!.parts.map((part: Part) => ('name' in part ? `${part.type} ${part.name}` : part.type))).to.deep.equal(
        ['image picture.png', 'file fake.png', 'file notes.md', 'text'],
      );
    });
  }

  it('is refused by name where the provider could never be shown it, before anything is sent', async () => {
    const { code, stderr } = await run(trio[0]!, 'hello', ['large.png']);
    expect([code, sent(trio[0]!)]).to.deep.equal([1, []]);
    expect(stderr).to.contain('attachment.too_large').and.to.contain('"large.png" has 4 MB');
    const missing = await run(trio[0]!, 'hello', ['none.png']);
    expect(missing.code).to.equal(2);
    expect(missing.stderr).to.contain('none.png');
  });

  it('does not end a conversation when another provider comes which takes less, or when it is refused', async () => {
    const [anthropic, openai] = trio as [OneProvider, OneProvider];
    const { stdout } = await maestro(['session', 'new', '-m', `openai/${openai.model}`, '-C', folder], { home });
    const id = stdout.trim();
    expect((await run(openai, 'hello', ['large.png'], ['-s', id])).code).to.equal(0);
    expect((await run(anthropic, 'and now', [], ['-s', id])).code).to.equal(0);
    expect(sent(anthropic)[0]).to.contain('[the image \\"large.png\\" is not shown: it has 4 MB');
    const refusal = {
      type: 'status',
      status: 400,
      error_type: 'invalid_request_error',
      message: 'Could not process image',
    };
    sim.fault(refusal as Parameters<ProviderSim['fault']>[0], { times: 1 });
    expect((await run(anthropic, 'look', ['picture.png'], ['-s', id])).code).to.equal(0);
    const [first, second, third] = sent(anthropic).slice(1);
    expect(first).to.contain(picture.toString('base64'));
    expect(second).to.contain('the provider refused a request with it').and.to.contain(picture.toString('base64'));
    expect(third).to.equal(undefined);
  });

  async function recordIsExact(session: string): Promise<void> {
    const { items } = await server.must<List<CallResource>>('GET', `/sessions/${session}/calls`);
    expect(items).to.have.length.at.least(2);
    const received = sim.requests.map(({ body }) => body.toString('base64'));
    for (const { id } of items)
      expect(received).to.include((await server.bytes(`/calls/${id}/request`)).toString('base64'));
  }
});
