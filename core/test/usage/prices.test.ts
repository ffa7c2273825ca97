import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { MaestroError } from '../../src/errors.js';
import { Prices } from '../../src/usage/prices.js';

const million = { requestTokens: 1_000_000, responseTokens: 0 };
const now = new Date('2026-11-01T00:00:00Z');

describe('5.3 prices', () => {
  it('come from the library for a model it knows', () => {
    const { usd, source } = new Prices({}).cost('anthropic', 'claude-3-haiku-20240307', million, now);
    expect(Number(usd)).to.be.greaterThan(0);
    expect(source).to.match(/^genai-prices \d/);
  });

  it('of the file that ships count above the library, for the three models the requirements name', () => {
    for (const [provider, model, usd] of [
      ['anthropic', 'claude-3-opus-20240229', '15.000000000000'],
      ['openai', 'gpt-4-turbo', '10.000000000000'],
      ['gemini', 'gemini-1.5-pro-latest', '1.250000000000'],
    ] as const) {
      expect(new Prices({}).cost(provider, model, million, now)).to.deep.equal({ usd, source: 'token-costs.yaml' });
    }
  });

  it('of the configuration count above both, those that name the provider first', () => {
    const prices = new Prices({ 'gpt-4-turbo': { input: 2, output: 4 }, 'acme/gpt-4-turbo': { input: 0, output: 0 } });
    expect(prices.cost('openai', 'gpt-4-turbo', million, now).usd).to.equal('2.000000000000');
    expect(prices.cost('acme', 'gpt-4-turbo', million, now)).to.deep.equal({
      usd: '0.000000000000',
      source: 'maestro.yaml',
    });
  });

  it('are unknown for an unknown model, never nothing', () => {
    expect(new Prices({}).cost('acme', 'acme-9', million, now)).to.deep.equal({ usd: null, source: null });
    expect(new Prices({}).of('openai', 'constructor')).to.equal(null);
  });

  it('rise from the length on at which the library says so', () => {
    const cost = (requestTokens: number) =>
      Number(new Prices({}).cost('gemini', 'gemini-2.5-pro', { requestTokens, responseTokens: 0 }, now).usd) /
      requestTokens;
    expect(cost(200_001)).to.be.greaterThan(cost(200_000));
  });

  it('say which file is wrong, and where', () => {
    const folder = mkdtempSync(join(tmpdir(), 'maestro-prices-'));
    try {
      for (const [text, said] of [
        ['a: [', 'YAML'],
        ['gpt-4-turbo: { input: cheap, output: 1 }', 'gpt-4-turbo'],
        ['gpt-4-turbo: { input: 1 }', 'gpt-4-turbo'],
        ['gpt-4-turbo: { input: -1, output: 1 }', 'gpt-4-turbo'],
      ] as const) {
        const file = join(folder, 'token-costs.yaml');
        writeFileSync(file, text);
        expect(() => new Prices({}, file), text)
          .to.throw(MaestroError)
          .that.has.property('message')
          .that.includes(file)
          .and.includes(said);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
