import type { ApprovalRuleResource, CredentialResource, McpServerResource, ToolResource } from '@maestro/core/protocol';
import { expect } from 'chai';
import { Listing } from '../src/state/listing.js';
import { credentialState, defaultOf, expiry, lastUse } from '../src/text/credential-state.js';
import { bodyOf, draftOf, emptyDraft, faultsOf, type McpDraft, patchOf, wordsOf } from '../src/text/mcp-draft.js';
import { mcpAdvice, mcpState, toolCount } from '../src/text/mcp-state.js';
import { parametersOf } from '../src/text/parameters.js';
import { agentToolName, copyName, emptyTemplate, isSameDraft, templateFaults } from '../src/text/template-draft.js';
import { toolGroups } from '../src/text/tool-groups.js';
import { toolRules } from '../src/text/tool-rules.js';

const now = Date.parse('2026-01-01T12:00:00Z');
const at = (ms: number) => new Date(now + ms).toISOString();

function credential(set: Partial<CredentialResource> = {}): CredentialResource {
  return {
    ...{ id: 'a', provider: 'p', auth_type: 'api_key', label: 'work', source: 'saved', method: 'p/key', account: null },
    ...{
      expires_at: null,
      next_refresh_at: null,
      last_success_at: null,
      failure: null,
      state: 'ready',
      created_at: at(0),
    },
    ...set,
  };
}

describe('how a credential stands', () => {
  it('counts down while the provider is at its limit, and says so after', () => {
    const failure = { code: 'provider.rate_limit', message: '', at: at(0), retry_at: at(38_000) };
    expect(credentialState(credential({ failure }), now)).to.include({ words: 'Rate limited, 0:38', runs: true });
    expect(credentialState(credential({ failure }), now + 40_000)).to.include({ words: 'Rate limited', runs: false });
  });

  it('tells what is refused from what only failed', () => {
    const failure = (code: string) => credential({ failure: { code, message: '', at: at(0) } });
    expect(credentialState(failure('provider.auth'), now).words).to.equal('Rejected');
    expect(credentialState(failure('provider.network'), now).words).to.equal('Last call failed');
    expect(credentialState(credential({ next_refresh_at: at(1) }), now).words).to.equal('Refreshes by itself');
  });

  it('was last used when a call went well or not, whichever is later', () => {
    const failure = { code: 'x', message: '', at: at(5_000) };
    expect(lastUse(credential({ last_success_at: at(1_000), failure }))).to.equal(at(5_000));
    expect(lastUse(credential())).to.equal(null);
    expect(expiry(at(52 * 60_000), now)).to.equal('in 52 min');
    expect(expiry(null, now)).to.equal('Never');
  });

  it('is the default as the server picks it: the newest that is ready, else that of the environment', () => {
    const env = credential({ id: 'env', source: 'env', created_at: null });
    const old = credential({ id: 'old', created_at: at(-1) });
    const broken = credential({ id: 'new', created_at: at(1), state: 'needs_login' });
    expect(defaultOf([old, broken, credential(), env])?.id).to.equal('a');
    expect(defaultOf([broken, env])?.id).to.equal('env');
    expect(defaultOf([])).to.equal(undefined);
  });
});

describe('the words of a command', () => {
  for (const [line, words] of [
    ['npx -y  server', ['npx', '-y', 'server']],
    ['"a b" \'c "d"\' e\\ f', ['a b', 'c "d"', 'e f']],
    ['run "a\\"b" \'\'', ['run', 'a"b', '']],
    ['   ', []],
    ['"open', null],
  ] as const) {
    it(`are read as a shell reads them: ${line}`, () => expect(wordsOf(line)).to.deep.equal(words));
  }

  it('come back as they were', () => {
    const args = ['a b', '', 'c"d\\e', "f'g", '$HOME'];
    const server = { ...saved, command: 'x', args };
    expect(bodyOf(draftOf(server))).to.deep.include({ command: 'x', args });
  });
});

const saved: McpServerResource = {
  ...{ id: '1', name: 'sim', description: '', transport: 'stdio', url: null, command: 'x', args: [] },
  ...{ working_directory: null, env: ['OLD', 'KEPT'], headers: [], is_enabled: true, settings: {}, status: null },
  ...{ created_at: at(0), updated_at: at(0) },
};

describe('an MCP server as it is written', () => {
  const draft = (set: Partial<McpDraft>): McpDraft => ({ ...emptyDraft, name: 'sim', command: 'x', ...set });

  it('says at each field what is wrong', () => {
    expect(faultsOf(emptyDraft)).to.have.all.keys('name', 'command');
    expect(faultsOf(draft({ transport: 'http', url: 'localhost:8099/mcp' })).url).to.equal(
      'Start with http:// or https://',
    );
    expect(faultsOf(draft({ transport: 'sse', url: 'http://' })).url).to.be.a('string');
    expect(faultsOf(draft({ name: 'a b' })).name).to.be.a('string');
    expect(faultsOf(draft({ env: [{ name: 'A B', value: '1', isSaved: false }] })).env).to.be.a('string');
    expect(faultsOf(draft({}))).to.deep.equal({});
  });

  it('sends only secrets that were given, and takes away those that are no longer listed', () => {
    const before = draftOf(saved);
    const env = [
      { name: 'KEPT', value: '', isSaved: true },
      { name: 'NEW', value: '1', isSaved: false },
    ];
    expect(patchOf({ ...before, env }, saved)).to.deep.include({ env: { OLD: null, NEW: '1' } });
    expect(patchOf({ ...before, transport: 'http', url: 'http://a' }, saved)).to.deep.include({
      ...{ command: null, url: 'http://a', env: { OLD: null, KEPT: null } },
    });
  });
});

describe('how an MCP server is', () => {
  const status = {
    ...{ state: 'connected' as const, reason: null, next_attempt_at: null, server: null, since: at(0), connect_ms: 12 },
    ...{ tools: 2, offered_tools: 3, resources: 0, prompts: 0, schema_tokens: null },
  };
  const words = (set: object, is_enabled = true) =>
    mcpState({ is_enabled, status: { ...status, ...set } }, now + 3_000).words;

  it('is said in few words, with the time of the next try', () => {
    expect(words({})).to.equal('Connected, 12 ms');
    expect(words({ state: 'connecting' })).to.equal('Connecting, 3 s');
    expect(words({ state: 'waiting', reason: 'connect ECONNREFUSED ::1', next_attempt_at: at(25_000) })).to.equal(
      'Refused, next try 0:22',
    );
    expect(words({}, false)).to.equal('Off');
    expect(mcpState({ is_enabled: true, status: null }, now).tone).to.equal('c-warn');
  });

  it('comes with what to do about it, and how many of its tools are on', () => {
    expect(mcpAdvice({ transport: 'stdio' }, 'spawn nope ENOENT')).to.include('installed');
    expect(mcpAdvice({ transport: 'http' }, 'HTTP 401: no')).to.include('token');
    expect([toolCount(6, 21), toolCount(14, 14), toolCount(null, null)]).to.deep.equal(['6 of 21', '14', '-']);
  });
});

describe('tools by who brings them', () => {
  const tool = (name: string, set: Partial<ToolResource> = {}): ToolResource => ({
    ...{ name, title: '', description: '', parameters: {}, effects: 'read', is_enabled: true, available: true },
    ...{ plugin: '@acme/tools-files', server: null },
    ...set,
  });
  const tools = [
    tool('gone', { plugin: null, available: false }),
    tool('navigate', { plugin: '@acme/bridge', server: 'browser' }),
    tool('read', { description: 'Read a File' }),
    tool('call', { plugin: '@acme/sub-agents' }),
  ];

  it('stand in groups: plugins, then servers, then what is not loaded', () => {
    expect(toolGroups(tools).map(({ name }) => name)).to.deep.equal(['Files', 'Sub agents', 'browser', 'Not loaded']);
  });

  it('are found by every word of the filter, in whichever case', () => {
    const found = toolGroups(tools, 'file READ').flatMap((group) => group.tools.map(({ name }) => name));
    expect(found).to.deep.equal(['read']);
  });
});

describe('the parameters of a tool', () => {
  it('are told from its schema, whatever it is', () => {
    const schema = {
      required: ['path'],
      properties: {
        path: { type: 'string', description: 'Where' },
        mode: { enum: ['a', 'b'] },
        many: { type: 'array', items: { type: 'number' } },
        some: { anyOf: [{ type: 'string' }, { type: 'null' }], default: null },
        odd: 7,
      },
    };
    expect(parametersOf(schema).map(({ name, type, note }) => `${name} ${type} ${note}`)).to.deep.equal([
      'path string required',
      'mode "a" | "b" optional',
      'many number[] optional',
      'some string | null default null',
      'odd any optional',
    ]);
    for (const none of [null, 'x', { properties: [] }, {}]) expect(parametersOf(none)).to.deep.equal([]);
  });
});

describe('the rules of a tool', () => {
  const rule = (set: Partial<ApprovalRuleResource>): ApprovalRuleResource => ({
    ...{ id: JSON.stringify(set), session_id: null, tool: 'run', pattern: null, decision: 'ask', source: 'user' },
    ...{ created_at: at(0), ...set },
  });

  it('are its own, the strictest first, and those of many tools at once', () => {
    const rules = [
      rule({ decision: 'allow' }),
      rule({ decision: 'deny' }),
      rule({ pattern: 'git *' }),
      rule({ session_id: 's' }),
      rule({ tool: 'r*n' }),
      rule({ tool: 'read' }),
    ];
    const found = toolRules('run', rules);
    expect(found.general?.decision).to.equal('deny');
    expect(found.special).to.have.length(2);
    expect(found.wider.map(({ tool }) => tool)).to.deep.equal(['r*n']);
  });
});

describe('a template as it is written', () => {
  it('is called as the server calls it, and its copy has a name of its own', () => {
    expect(agentToolName('Lead engineer')).to.equal('agent_lead_engineer');
    expect(copyName('Poet', ['Poet copy'])).to.equal('Poet copy 2');
    expect(copyName('Poet copy', ['Poet', 'Poet copy'])).to.equal('Poet copy 2');
  });

  it('says what is missing, and is the same while nothing that counts was changed', () => {
    expect(templateFaults(emptyTemplate, [])).to.have.all.keys('name', 'system_prompt');
    const whole = { ...emptyTemplate, name: 'Poet', system_prompt: 'Write.' };
    expect(templateFaults(whole, [])).to.deep.equal({});
    expect(templateFaults(whole, ['Poet'])).to.have.all.keys('name');
    expect(isSameDraft(whole, { ...whole, role: ' ' })).to.equal(true);
    expect(isSameDraft(whole, { ...whole, tools: ['a'] })).to.equal(false);
  });
});

describe('a list of the server', () => {
  it('keeps what was read when it cannot be read anew, and says why', async () => {
    let fails = false;
    const list = new Listing(
      async () => {
        if (fails) throw new Error('away');
        return [1];
      },
      (error) => (error as Error).message,
    );
    await list.load();
    fails = true;
    await list.load();
    expect(list.value).to.deep.include({ items: [1], problem: 'away' });
    fails = false;
    await list.load();
    expect(list.value.problem).to.equal('');
  });

  it('is read once more for all who ask meanwhile', async () => {
    let reads = 0;
    const list = new Listing(
      async () => {
        reads += 1;
        return [reads];
      },
      () => '',
    );
    await Promise.all([list.load(), list.load(), list.load()]);
    expect(reads).to.equal(2);
    expect(list.value.items).to.deep.equal([2]);
  });
});
