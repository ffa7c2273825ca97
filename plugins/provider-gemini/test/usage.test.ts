import { expect } from 'chai';
import { parseGeminiUsage } from '../src/usage.js';

describe('parseGeminiUsage', () => {
  it('5.2: reads the tokens of an answer, thinking and the reading of tools included', () => {
    const usageMetadata = {
      promptTokenCount: 100,
      candidatesTokenCount: 20,
      thoughtsTokenCount: 30,
      cachedContentTokenCount: 80,
      toolUsePromptTokenCount: 7,
      totalTokenCount: 157,
    };
    const usage = { requestTokens: 107, responseTokens: 50, cachedTokens: 80, reasoningTokens: 30 };
    expect(parseGeminiUsage({ candidates: [], usageMetadata })).to.deep.equal(usage);
    expect(parseGeminiUsage({ response: { usageMetadata }, traceId: 'x' })).to.deep.equal(usage);
  });

  it('5.2: takes a count that is missing, or none, for nothing', () => {
    const nothing = { requestTokens: 0, responseTokens: 0 };
    expect(parseGeminiUsage({ usageMetadata: {} })).to.deep.equal(nothing);
    expect(parseGeminiUsage({ usageMetadata: { promptTokenCount: 5 } })).to.deep.equal({
      ...nothing,
      requestTokens: 5,
    });
    const strange = { promptTokenCount: 'many', candidatesTokenCount: -1, thoughtsTokenCount: null };
    expect(parseGeminiUsage({ usageMetadata: strange })).to.deep.equal(nothing);
  });

  it('5.2: says nothing where the answer does not', () => {
    for (const body of [{}, null, undefined, 'text', [], { usageMetadata: null }, { response: {} }])
      expect(parseGeminiUsage(body)).to.equal(undefined);
  });
});
