import { expect } from 'chai';
import { estimateTokens } from '../../src/session/tokens.js';

describe('5.5 an estimate of tokens', () => {
  it('is what the tokenizer counts', () => {
    expect(estimateTokens('')).to.equal(0);
    expect(estimateTokens('Hello, world!')).to.equal(4);
  });

  it('takes marks of the vocabulary for letters', () => {
    expect(estimateTokens('<|endoftext|>')).to.be.greaterThan(1);
  });

  it('of a long text comes near to the whole count', () => {
    const sentence = 'The quick brown fox jumps over the lazy dog, and says so in 17 words of no importance.\n';
    const each = estimateTokens(sentence);
    expect(estimateTokens(sentence.repeat(20_000)) / (each * 20_000)).to.be.within(0.95, 1.05);
  });

  it('of a long text is not led astray by its ends and its middle', () => {
    const plain = 'the quick brown fox jumps over the lazy dog '.repeat(500);
    const dense = '0aZ9+/x7Qk'.repeat(2_200);
    const mixed = [plain, dense, plain, dense, plain].join(' ');
    const whole = 3 * estimateTokens(plain) + 2 * estimateTokens(dense);
    expect(estimateTokens(mixed) / whole).to.be.within(0.9, 1.1);
  });

  it('takes text that merges badly without hanging', () => {
    for (const text of [
      'a'.repeat(1_000_000),
      '\u{1f600}'.repeat(200_000),
      '\ud800'.repeat(100_000),
      ' '.repeat(500_000),
    ])
      expect(estimateTokens(text)).to.be.greaterThan(0);
  }).timeout(20_000);

  it('holds the process up for a moment at most, whatever the text', () => {
    for (const text of ['漢字仮名'.repeat(20_000), 'a'.repeat(48_000), ' '.repeat(48_000)]) {
      const begun = performance.now();
      estimateTokens(text);
      expect(performance.now() - begun, text.slice(0, 4)).to.be.below(500);
    }
  }).timeout(60_000);

  it('counts a long word and a long line as nearly as much as it counts them whole', () => {
    expect(estimateTokens('漢字仮名'.repeat(1_000))).to.be.within(4_900, 5_200);
    expect(estimateTokens('a'.repeat(4_000))).to.be.within(490, 530);
  });
});
