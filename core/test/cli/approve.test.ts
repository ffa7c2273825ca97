import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { Approver } from '../../src/cli/approve.js';
import type { MaestroRest } from '../../src/client/index.js';
import type { ApprovalAnswerBody } from '../../src/protocol/api.js';
import type { ApprovalResource } from '../../src/protocol/approvals.js';

const base: ApprovalResource = {
  id: 'r1',
  kind: 'tool',
  session_id: 'below',
  root_session_id: 's',
  agent_name: 'Ada',
  turn_id: 't',
  call_id: 'c',
  tool: 'sh',
  effects: 'exec',
  title: 'Runs',
  args: { line: 'make \u001b[2J' },
  always: { tool: 'sh', pattern: 'make *' },
  form: null,
  state: 'open',
  answer: null,
  created_at: '',
  resolved_at: null,
  resolved_by: null,
};

describe('a run that needs leave', () => {
  const approvers: Approver[] = [];
  afterEach(() => {
    for (const approver of approvers.splice(0)) approver.close();
  });

  function person(isTTY: boolean, ...items: ApprovalResource[]) {
    const [stdin, stderr] = [new PassThrough(), new PassThrough()];
    Object.assign(stdin, { isTTY });
    Object.assign(stderr, { isTTY });
    let shown = '';
    stderr.on('data', (chunk) => {
      shown += chunk;
    });
    const given: [string, ApprovalAnswerBody][] = [];
    const rest = {
      approvals: async () => ({ items, next: null }),
      answerApproval: async (id: string, body: ApprovalAnswerBody) => void given.push([id, body]),
    } as unknown as MaestroRest;
    const approver = new Approver({ rest, session_id: 's', streams: { stdin, stderr } as never });
    approvers.push(approver);
    return { approver, stdin, given, shown: () => shown };
  }
  const until = async (holds: () => boolean) => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  for (const [typed, decision] of [
    ['y\n', 'allow'],
    ['what?\nn\n', 'deny'],
    ['always\n', 'always'],
  ] as const) {
    it(`asks on a terminal, and takes ${JSON.stringify(typed)} for ${decision}`, async () => {
      const { approver, stdin, given, shown } = person(true, base);
      approver.look();
      for (const [index, line] of typed
        .split(/(?<=\n)/)
        .filter(Boolean)
        .entries()) {
        await until(() => shown().split('y or n').length > index + 1);
        stdin.write(line);
      }
      await until(() => given.length > 0);
      expect(given).to.deep.equal([['r1', { decision }]]);
      expect(shown()).to.include('Ada asks').and.include('make *').and.not.include('\u001b[2J');
    });
  }

  it('says elsewhere which command answers, once', async () => {
    const fields = [{ name: 'way', label: 'Way', kind: 'text' as const }];
    const question = { ...base, id: 'q1', kind: 'question' as const, form: { title: 'Which?', fields } };
    const { approver, given, shown } = person(false, base, question);
    approver.look();
    await until(() => shown().includes('q1'));
    approver.look();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(shown().match(/approval allow r1/g)).to.have.length(1);
    expect(shown()).to.include(`approval allow q1 --answer '{"way":"..."}'`);
    expect(given).to.deep.equal([]);
  });

  const limit: ApprovalResource = {
    ...base,
    ...{ id: 'l1', kind: 'limit', call_id: null, tool: null, always: null, title: 'This turn cost 2 USD.' },
  };

  it('stops at a limit where nobody can be asked', async () => {
    const { approver, given, shown } = person(false, limit);
    approver.look();
    await until(() => given.length > 0);
    expect(given).to.deep.equal([['l1', { decision: 'deny' }]]);
    expect(shown()).to.include('This turn cost 2 USD.').and.include('nobody is here');
  });

  it('asks at a limit on a terminal, and takes a word for the rest of the turn', async () => {
    const { approver, stdin, given, shown } = person(true, limit);
    approver.look();
    await until(() => shown().includes('"raise"'));
    stdin.write('raise\n');
    await until(() => given.length > 0);
    expect(given).to.deep.equal([['l1', { decision: 'allow', answer: { how: 'raise' } }]]);
  });
});
