import { expect } from 'chai';
import fc from 'fast-check';
import type { ApprovalPolicy, ApprovalRuleResource } from '../../src/protocol/approvals.js';
import { coveredBy, decide, fits, type Ruled, strictest } from '../../src/session/policy.js';

let ids = 0;
function rule(
  decision: ApprovalRuleResource['decision'],
  given: Partial<ApprovalRuleResource> = {},
): ApprovalRuleResource {
  ids += 1;
  const base = { id: `${ids}`, session_id: null, tool: '*', pattern: null, source: 'user', created_at: '' } as const;
  return { ...base, decision, ...given };
}

const call = (given: Partial<Ruled> = {}): Ruled => ({ tool: 'sh', effects: 'exec', subject: 'git status', ...given });
const does = (policy: ApprovalPolicy, rules: ApprovalRuleResource[] = [], given: Partial<Ruled> = {}) =>
  decide(call(given), policy, rules).does;

describe('what is done with a call', () => {
  it('follows the policy where no rule matches', () => {
    const table = (['allow', 'ask', 'plan'] as const).map((policy) => [
      policy,
      ...(['read', 'write', 'exec', 'net'] as const).map((effects) => does(policy, [], { effects })),
    ]);
    expect(table).to.deep.equal([
      ['allow', 'run', 'run', 'run', 'run'],
      ['ask', 'run', 'ask', 'ask', 'ask'],
      ['plan', 'run', 'refuse', 'refuse', 'refuse'],
    ]);
  });

  it('is refused by a deny whatever else matches', () => {
    const others = [rule('allow', { session_id: 's' }), rule('ask'), rule('allow', { source: 'always' })];
    expect(does('allow', [...others, rule('deny')])).to.equal('refuse');
    expect(does('allow', [rule('deny'), ...others], { effects: 'read' })).to.equal('refuse');
  });

  it('is asked where ask and allow match, unless always answered just that', () => {
    expect(does('allow', [rule('allow', { session_id: 's' }), rule('ask')])).to.equal('ask');
    expect(does('ask', [rule('ask'), rule('allow', { session_id: 's', source: 'always' })])).to.equal('run');
  });

  it('is never more than reading while a session plans', () => {
    const rules = [rule('allow'), rule('allow', { source: 'always', session_id: 's' })];
    expect(does('plan', rules)).to.equal('refuse');
    expect(does('plan', [rule('ask')], { effects: 'read' })).to.equal('ask');
  });

  it('tells of the rule of the session before that of all', () => {
    const rules = [rule('deny', { pattern: 'git*' }), rule('deny', { pattern: 'git s*', session_id: 's' })];
    for (const order of [rules, rules.toReversed()]) {
      const verdict = decide(call(), 'allow', order);
      expect(verdict).to.have.property('why').that.includes('"git s*"');
    }
  });

  it('that is about several things is what the strictest of them is', () => {
    const rules = [rule('allow', { pattern: 'https://a.org/*' }), rule('deny', { pattern: 'https://c.org/*' })];
    const about = (...sites: string[]) =>
      strictest(sites.map((site) => decide(call({ effects: 'net', subject: `https://${site}.org/x` }), 'ask', rules)))
        .does;
    expect([about('a', 'a'), about('a', 'b'), about('b', 'c'), about('c', 'a')]).to.deep.equal([
      ...['run', 'ask', 'refuse', 'refuse'],
    ]);
  });

  it('is not touched by rules of other tools and subjects', () => {
    const rules = [
      rule('deny', { tool: 'shell' }),
      rule('deny', { pattern: 'git push*' }),
      rule('deny', { tool: 's' }),
    ];
    expect(does('allow', rules)).to.equal('run');
  });
});

describe('a pattern', () => {
  it('takes a star for any text and nothing else for more than itself', () => {
    expect(fits('git *', 'git')).to.equal(true);
    expect(fits('git *', 'git push')).to.equal(true);
    expect(fits('git *', 'gitk')).to.equal(false);
    expect(fits('*.ts', 'a/b.ts')).to.equal(true);
    expect(fits('a*b*c', 'a-b-b-c')).to.equal(true);
    expect(fits('a*ba', 'aba')).to.equal(true);
    expect(fits('ab*ba', 'aba')).to.equal(false);
    expect(fits('a.c', 'abc')).to.equal(false);
    expect(fits('a\\*', 'ab')).to.equal(false);
    expect(fits('', 'a')).to.equal(false);
  });

  it('agrees with the same pattern as a regular expression', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '*', '.'), maxLength: 12 });
    fc.assert(
      fc.property(letters, letters, (pattern, text) => {
        const whole = (glob: string) =>
          new RegExp(
            `^${glob
              .split('*')
              .map((piece) => piece.replaceAll('.', '\\.'))
              .join('.*')}$`,
            's',
          ).test(text);
        expect(fits(pattern, text)).to.equal(whole(pattern) || (pattern.endsWith(' *') && whole(pattern.slice(0, -2))));
      }),
    );
  });

  it('that is hostile costs no time', () => {
    const started = performance.now();
    fits(`${'a*'.repeat(2_000)}b`, 'a'.repeat(100_000));
    expect(performance.now() - started).to.be.lessThan(1_000);
  });
});

describe('always', () => {
  const covers = (subject: string, other: string, effects: Ruled['effects'] = 'exec') => {
    const covered = coveredBy('sh', subject, effects);
    const always = rule('allow', { ...covered, source: 'always', session_id: 's' });
    return does('ask', [always], { subject: other, effects }) === 'run';
  };

  it('covers what begins with the words that tell what a command does', () => {
    expect(coveredBy('sh', 'git commit -m "x"', 'exec')).to.deep.equal({ tool: 'sh', pattern: 'git commit *' });
    expect(coveredBy('sh', 'ls -la', 'exec')).to.deep.equal({ tool: 'sh', pattern: 'ls *' });
    expect(covers('git commit -m "x"', 'git commit --amend')).to.equal(true);
    expect(covers('git commit -m "x"', 'git push')).to.equal(false);
  });

  it('never carries a second command along', () => {
    for (const tail of [
      '; rm -rf /',
      ' && rm x',
      ' | sh',
      ' > /etc/passwd',
      ' $(rm x)',
      ' `rm x`',
      '\nrm x',
      ' & rm x',
    ]) {
      expect(covers('ls -la', `ls -la${tail}`), tail).to.equal(false);
    }
    expect(covers('ls; rm x', 'ls; rm x')).to.equal(true);
    expect(covers('ls; rm x', 'ls; rm y')).to.equal(false);
  });

  it('covers one file, and not others with a name that begins alike', () => {
    expect(covers('my notes.md', 'my notes.md', 'write')).to.equal(true);
    expect(covers('my notes.md', 'my keys', 'write')).to.equal(false);
  });

  it('covers the whole tool where it says of nothing what it is about', () => {
    expect(coveredBy('sh', undefined, 'exec')).to.deep.equal({ tool: 'sh', pattern: null });
  });

  it('covers at least the call it was said to', () => {
    const effects = fc.constantFrom('exec', 'write');
    fc.assert(fc.property(fc.string(), effects, (subject, effect) => covers(subject, subject, effect)));
  });
});
