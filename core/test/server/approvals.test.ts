import { expect } from 'chai';
import { WebSocket } from 'ws';
import { ApprovalsStore, MaestroRest, MaestroSocket, socketUrl } from '../../src/client/index.js';
import { definePlugin } from '../../src/extension/plugin.js';
import type { ApprovalResource } from '../../src/protocol/approvals.js';
import { text } from '../../src/protocol/messages.js';
import type { Session } from '../../src/protocol/resources.js';
import { call, ScriptedProvider, say } from '../../src/testing/scripted-provider.js';
import { startTestMaestro, type TestMaestro } from '../../src/testing/start.js';
import { gives, tool, until } from '../session/rig.js';

describe('approvals over REST', () => {
  let maestro: TestMaestro;
  let ran = 0;
  let previews = true;
  beforeEach(async () => {
    ran = 0;
    const provider = new ScriptedProvider([call('act', { n: 1 }), say('done')]);
    const plugin = definePlugin({
      name: '@maestro-test/acts',
      activate(ctx) {
        ctx.providers.add(provider);
        ctx.tools.add({
          ...tool('act', async () => gives(`ran ${++ran}`)),
          preview: async (args, { workingDirectory }) => {
            if (!previews) throw new Error('it does not fit');
            return [text(`${JSON.stringify(args)} in ${workingDirectory}`)];
          },
        });
      },
    });
    const defaults = { provider: provider.id, model: 'scripted-1', approval: 'ask' };
    maestro = await startTestMaestro({ plugins: [{ plugin }], config: { defaults } });
  });
  afterEach(() => maestro.close());

  async function waiting(): Promise<{ session: Session; request: ApprovalResource }> {
    const session = await maestro.request<Session>('/sessions', {});
    await maestro.request(`/sessions/${session.session_id}/messages`, { client_key: 'k', text: 'go' });
    const open = () =>
      maestro.request<{ items: ApprovalResource[] }>(`/approvals?state=open&session_id=${session.session_id}`);
    await until(async () => (await open()).items.length > 0);
    return { session, request: (await open()).items[0]! };
  }
  const status = (error: unknown) => /: (\d{3}) .*"code":"([^"]+)"/.exec(String(error))?.slice(1);
  const refused = (path: string, body?: unknown, method?: string) =>
    maestro.request(path, body, method).then(
      () => undefined,
      (error: unknown) => status(error),
    );

  it('are listed, answered once, and tell who answered', async () => {
    const { session, request } = await waiting();
    expect(request).to.include({ session_id: session.session_id, tool: 'act', state: 'open' });
    const answered = await maestro.request<ApprovalResource>(`/approvals/${request.id}`, { decision: 'allow' });
    expect(answered.state).to.equal('allowed');
    expect(answered.resolved_by).to.be.a('string').and.not.empty;
    expect(await refused(`/approvals/${request.id}`, { decision: 'deny' })).to.deep.equal(['409', 'approval.closed']);
    await until(async () => (await maestro.request<Session>(`/sessions/${session.session_id}`)).status === 'idle');
    expect(ran).to.equal(1);
  });

  it('show what they would change, and nothing where the tool cannot tell', async () => {
    const { session, request } = await waiting();
    const shown = () => maestro.request<{ content: unknown[] }>(`/approvals/${request.id}/preview`);
    const said = `{"n":1} in ${session.working_directory}`;
    expect((await shown()).content).to.deep.equal([text(said)]);
    previews = false;
    expect((await shown()).content).to.deep.equal([]);
    expect(await refused('/approvals/none/preview')).to.deep.equal(['404', 'approval.unknown']);
    expect(ran).to.equal(0);
  });

  it('come and go on the topic of all approvals', async () => {
    const rest = new MaestroRest({ url: maestro.url, token: () => maestro.token });
    const socket = new MaestroSocket({
      connect: () => {
        const headers = { authorization: `Bearer ${maestro.token}` };
        return new WebSocket(socketUrl(maestro.url, '/socket/tui'), { headers }) as never;
      },
    });
    const store = new ApprovalsStore({ socket }).open();
    socket.open();
    const { session, request } = await waiting();
    await until(async () => store.approvals.length === 1);
    expect(store.approvals[0]).to.deep.include({ id: request.id, root_session_id: session.session_id });
    await rest.answerApproval(request.id, { decision: 'deny' });
    await until(async () => store.approvals.length === 0);
    await rest.deleteSession(session.session_id);
    socket.close();
  });

  it('refuse what is no answer', async () => {
    const { request } = await waiting();
    const answers: [unknown, string][] = [
      [{}, 'request.invalid'],
      [{ decision: 'maybe' }, 'request.invalid'],
      [{ decision: 'allow', args: [] }, 'request.invalid'],
      [{ decision: 'allow', args: { n: 'x' } }, 'approval.bad_answer'],
      [{ decision: 'dismiss' }, 'approval.bad_answer'],
    ];
    for (const [body, code] of answers) {
      expect(await refused(`/approvals/${request.id}`, body), JSON.stringify(body)).to.deep.equal(['400', code]);
    }
    expect(await refused('/approvals/none', { decision: 'allow' })).to.deep.equal(['404', 'approval.unknown']);
    expect(await refused('/approvals?state=lost')).to.deep.equal(['400', 'request.invalid']);
    expect(ran).to.equal(0);
  });

  it('have rules that are made, changed, listed and removed', async () => {
    const made = await maestro.request<{ id: string }>('/approval-rules', { tool: 'act', decision: 'deny' });
    expect(made).to.include({ session_id: null, pattern: null, source: 'user' });
    const path = `/approval-rules/${made.id}`;
    expect(await maestro.request(path, { decision: 'allow', pattern: '*' }, 'PATCH')).to.include({ decision: 'allow' });
    const { items } = await maestro.request<{ items: unknown[] }>('/approval-rules');
    expect(items).to.have.length(1);
    await maestro.request(path, undefined, 'DELETE');
    expect(await refused(path, undefined, 'DELETE')).to.deep.equal(['404', 'approval.rule_unknown']);
    const lost = { tool: 'act', decision: 'deny', session_id: 'nobody' };
    expect(await refused('/approval-rules', lost)).to.deep.equal(['404', 'session.unknown']);
  });
});
