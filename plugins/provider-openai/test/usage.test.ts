import { expect } from 'chai';
import { parseOpenAiUsage } from '../src/index.js';

describe('parseOpenAiUsage (5.2)', () => {
  it('reads the counts of Chat Completions', () => {
    const usage = {
      prompt_tokens: 1000,
      completion_tokens: 200,
      total_tokens: 1200,
      prompt_tokens_details: { cached_tokens: 768, cache_write_tokens: 100 },
      completion_tokens_details: { reasoning_tokens: 128 },
    };
    expect(parseOpenAiUsage({ id: 'chatcmpl-1', choices: [], usage })).to.deep.equal({
      requestTokens: 1000,
      responseTokens: 200,
      cachedTokens: 768,
      cacheWriteTokens: 100,
      reasoningTokens: 128,
    });
  });

  it('reads the counts of the Responses API, in an answer and in the event that ends one', () => {
    const usage = {
      input_tokens: 75,
      input_tokens_details: { cached_tokens: 32 },
      output_tokens: 125,
      output_tokens_details: { reasoning_tokens: 64 },
    };
    const expected = { requestTokens: 75, responseTokens: 125, cachedTokens: 32, reasoningTokens: 64 };
    expect(parseOpenAiUsage({ object: 'response', usage })).to.deep.equal(expected);
    expect(parseOpenAiUsage({ type: 'response.completed', response: { usage } })).to.deep.equal(expected);
  });

  it('reads what other servers of the API say of their cache', () => {
    const usage = { prompt_tokens: 10, completion_tokens: 2, prompt_cache_hit_tokens: 7 };
    expect(parseOpenAiUsage({ usage })).to.include({ cachedTokens: 7 });
  });

  it('gives nothing where nothing is counted', () => {
    for (const body of [
      undefined,
      null,
      '',
      7,
      [],
      {},
      { usage: null },
      { usage: 'x' },
      { usage: {} },
      { response: null },
    ])
      expect(parseOpenAiUsage(body), JSON.stringify(body)).to.equal(undefined);
  });

  it('takes a missing or strange number for one that was not said', () => {
    expect(parseOpenAiUsage({ usage: { prompt_tokens: 5 } })).to.deep.equal({ requestTokens: 5, responseTokens: 0 });
    const strange = {
      input_tokens: -1,
      output_tokens: 3,
      input_tokens_details: null,
      output_tokens_details: { reasoning_tokens: '4' },
    };
    expect(parseOpenAiUsage({ usage: strange })).to.deep.equal({ requestTokens: 0, responseTokens: 3 });
  });
});
