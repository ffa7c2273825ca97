import type { Message, Part, Totals } from '@maestro/core/protocol';
import { expect } from 'chai';
import { exactMoney, sessionCost } from '../src/text/format.js';
import { partsOf } from '../src/text/parts.js';
import { usageOf } from '../src/text/usage.js';

const unknown = {
  request_tokens: null,
  response_tokens: null,
  cached_tokens: null,
  reasoning_tokens: null,
  total_cost_usd: null,
  estimated: false,
  latency_ms: null,
};

function message(of: Partial<Message>): Message {
  return { parts: [], ...unknown, ...of } as unknown as Message;
}

describe('what a turn used', () => {
  it('is the sum of its replies', () => {
    const all = [
      message({ request_tokens: 12_000, response_tokens: 234, cached_tokens: 8_000, total_cost_usd: '0.03' }),
      message({ request_tokens: 376, response_tokens: 2_624, total_cost_usd: '0.0412', latency_ms: 900 }),
    ];
    const sum = usageOf(all);
    expect(sum).to.include({ request_tokens: 12_376, response_tokens: 2_858, cached_tokens: 8_000, latency_ms: 900 });
    expect(exactMoney(sum.total_cost_usd)).to.equal('$0.0712');
    expect(sum).to.include({ unpriced: 0, estimated: false });
  });

  it('never takes an unknown price for none, and says what is estimated', () => {
    const used = message({ request_tokens: 5, response_tokens: 5, estimated: true });
    expect(usageOf([used])).to.include({ total_cost_usd: null, unpriced: 1, estimated: true });
    expect(usageOf([message({})])).to.include({ unpriced: 0 });
    expect(exactMoney(null)).to.equal('no price');
    expect(exactMoney('0.000002', true)).to.equal('~$0.000002');
  });
});

describe('what a session cost', () => {
  it('is nothing while nothing was used, and unknown where the price is', () => {
    const none = { request_tokens: 0, response_tokens: 0, total_cost_usd: null, estimated: false } as Totals;
    expect(sessionCost(none)).to.equal('$0.00');
    expect(sessionCost({ ...none, request_tokens: 5 })).to.equal('no price');
    expect(sessionCost({ ...none, request_tokens: 5, total_cost_usd: '0.079998' })).to.equal('$0.08');
  });
});

describe('a thought', () => {
  const drawn = (part: Part) => partsOf(message({ parts: [part] })).map(({ kind }) => kind);

  it('of which nothing but the signature is there is not drawn', () => {
    expect(drawn({ v: 1, type: 'thinking', text: '', signature: 's' })).to.deep.equal([]);
    expect(drawn({ v: 1, type: 'thinking', text: 'Hm.', signature: 's' })).to.deep.equal(['thinking']);
    expect(drawn({ v: 1, type: 'thinking', text: '', redacted: 'block' })).to.deep.equal(['thinking']);
  });
});
