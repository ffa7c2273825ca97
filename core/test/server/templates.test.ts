import { expect } from 'chai';
import { api, newSession, useServer } from './support.js';

describe('templates over REST', () => {
  const server = useServer();
  const ask = (method: string, path: string, body?: unknown) => api(server, method, path, body);
  const poet = { name: 'poet', role: 'Poet', system_prompt: 'Write verse.', tools: ['read'] };

  before(async () => {
    expect(await ask('POST', '/templates', poet)).to.have.property('status', 201);
  });

  it('are read by id and by name', async () => {
    const { body } = await ask('GET', '/templates/poet');
    expect(body).to.deep.include({ ...poet, source: 'user', path: null, mcps: [], description: '' });
    expect((await ask('GET', `/templates/${body.id}`)).body).to.deep.equal(body);
    expect((await ask('GET', '/templates')).body.items).to.deep.equal([body]);
  });

  it('are changed, and deleted once', async () => {
    await ask('POST', '/templates', { name: 'bard', system_prompt: 'Sing.' });
    const { body } = await ask('PATCH', '/templates/bard', { name: 'skald', tools: ['a', 'b'], role: null });
    expect(body).to.deep.include({ name: 'skald', tools: ['a', 'b'], role: null, system_prompt: 'Sing.' });
    expect((await ask('DELETE', '/templates/skald')).status).to.equal(204);
    expect((await ask('DELETE', '/templates/skald')).body.error.code).to.equal('template.unknown');
  });

  for (const [what, method, path, body, code] of [
    ['a name that is taken', 'POST', '', poet, 'template.exists'],
    ['a name that is none', 'POST', '', { ...poet, name: '../x' }, 'request.invalid'],
    ['no prompt', 'POST', '', { name: 'x', system_prompt: '' }, 'request.invalid'],
    ['an unknown field', 'POST', '', { ...poet, name: 'x', source: 'shipped' }, 'request.invalid'],
    ['another source', 'PATCH', '/poet', { source: 'file' }, 'request.invalid'],
    ['one that is not there', 'PATCH', '/nobody', { role: 'x' }, 'template.unknown'],
    ['a file without a prompt', 'POST', '/import', { file: 'x.md', text: '---\nname: x\n---\n' }, 'template.file'],
  ] as const) {
    it(`refuse ${what}`, async () => {
      expect((await ask(method, `/templates${path}`, body)).body.error.code).to.equal(code);
    });
  }

  it('make a session what they say, but for what is given', async () => {
    const session = await newSession(server, { template: 'poet', tools: { list: true } });
    expect(session).to.deep.include({
      template: 'poet',
      agent_name: 'poet',
      role: 'Poet',
      system_prompt: 'Write verse.',
      tools: { read: true, '*': false, list: true },
      mcps: { '*': false },
    });
    expect(await newSession(server, { template: 'poet', agent_name: 'Ada', system_prompt: 'No.' })).to.include({
      agent_name: 'Ada',
      system_prompt: 'No.',
    });
  });

  it('tell what a session used, which is nothing yet, and who answers its calls', async () => {
    const { session_id } = await newSession(server, {});
    expect((await ask('GET', `/sessions/${session_id}/usage`)).body).to.deep.include({ by_activity: [], by_model: [] });
    expect((await ask('GET', `/sessions/${session_id}/children`)).body).to.deep.equal({ items: [], next: null });
    expect((await ask('GET', `/sessions?parent=${session_id}`)).body.items).to.deep.equal([]);
    expect((await ask('GET', '/sessions/nobody/children')).status).to.equal(404);
  });
});
