import { expect } from 'chai';
import fc from 'fast-check';
import { parseAnthropicUsage } from '../src/usage.js';

describe('5.2 parse_anthropic_usage', () => {
  it('counts what was read, what came from the cache and what went into it', () => {
    const usage = {
      input_tokens: 10,
      output_tokens: 44,
      cache_read_input_tokens: 200,
      cache_creation_input_tokens: 30,
      cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
      output_tokens_details: { thinking_tokens: 40 },
    };
    expect(parseAnthropicUsage({ usage })).to.deep.equal({
      requestTokens: 240,
      responseTokens: 44,
      cachedTokens: 200,
      cacheWriteTokens: 30,
      cacheWriteHourTokens: 20,
      reasoningTokens: 40,
    });
  });

  it('reads the first event of a stream, and adds up what was written where no sum is given', () => {
    const usage = { input_tokens: 5, cache_creation: { ephemeral_5m_input_tokens: 2, ephemeral_1h_input_tokens: 3 } };
    expect(parseAnthropicUsage({ type: 'message_start', message: { usage } })).to.deep.include({
      requestTokens: 10,
      cacheWriteTokens: 5,
      cacheWriteHourTokens: 3,
    });
    expect(parseAnthropicUsage(JSON.parse('{"usage":{"input_tokens":1e999}}'))).to.include({ requestTokens: 0 });
  });

  it('takes missing numbers for none, and a body without any for silence', () => {
    const none = { requestTokens: 0, responseTokens: 0, cachedTokens: 0, cacheWriteTokens: 0 };
    expect(parseAnthropicUsage({ usage: { output_tokens: 3 } })).to.deep.equal({ ...none, responseTokens: 3 });
    expect(parseAnthropicUsage({ usage: { input_tokens: null, cache_creation: null } })).to.deep.equal(none);
    for (const body of [undefined, null, {}, { usage: null }, 'text', 7, []])
      expect(parseAnthropicUsage(body)).to.equal(undefined);
  });

  it('never throws and never counts below nothing, whatever stands there', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        const usage = parseAnthropicUsage({
          usage: { input_tokens: value, cache_creation: value, output_tokens: value },
        });
        expect(usage!.requestTokens).to.be.at.least(0);
        expect(usage!.responseTokens).to.be.at.least(0);
      }),
    );
  });
});
