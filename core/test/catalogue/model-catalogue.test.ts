import { expect } from 'chai';
import { type CatalogueParts, ModelCatalogue } from '../../src/catalogue/model-catalogue.js';
import { ModelLists } from '../../src/catalogue/model-lists.js';
import type { Credential, Model, Provider } from '../../src/extension/provider.js';
import { Providers } from '../../src/extension/registry.js';
import { silentLog } from '../../src/log.js';
import type { Session } from '../../src/protocol/resources.js';
import { openTestDatabase } from '../../src/testing/database.js';

type Ask = Parameters<Provider['models']>[0];

/** A provider whose server can be changed and taken away. */
class Offers implements Provider {
  readonly label = 'Acme';
  asked: Ask[] = [];
  isAway = false;
  constructor(
    public served: Model[],
    readonly id = 'acme',
    readonly auth: readonly string[] = [],
  ) {}
  async models(ask: Ask): Promise<Model[]> {
    this.asked.push(ask);
    if (!ask.refresh) return [{ id: 'built-in', label: 'Built in', contextTokens: 100 }];
    if (this.isAway) throw new Error('nobody answers');
    return this.served;
  }
  stream(): AsyncGenerator<never> {
    throw new Error('nobody talks here');
  }
}

const small: Model = { id: 'small', label: 'Small', contextTokens: 1_000, outputTokens: 50 };
const ids = (models: readonly { id: string }[]) => models.map(({ id }) => id);

describe('the catalogue of models', () => {
  let db: Awaited<ReturnType<typeof openTestDatabase>>;
  before(async () => {
    db = await openTestDatabase();
  });
  after(() => db.drop());
  beforeEach(() => db.query('delete from model_lists'));

  function catalogue(provider: Provider, change: Partial<CatalogueParts> = {}): ModelCatalogue {
    const providers = new Providers();
    providers.add(provider, 'test');
    const credentials = { pick: async () => undefined };
    const prices = { of: () => null };
    const lists = new ModelLists(db);
    return new ModelCatalogue({ lists, providers, credentials, prices, settings: {}, log: silentLog, ...change });
  }

  it('begins with what the provider knows, and asks its server when told to', async () => {
    const provider = new Offers([small]);
    const models = catalogue(provider);
    expect(ids(await models.list(provider, { refresh: false }))).to.deep.equal(['built-in']);
    expect(ids(await models.list(provider, { refresh: true }))).to.deep.equal(['small']);
    expect(ids(await models.list(provider, { refresh: false }))).to.deep.equal(['small']);
    expect(provider.asked).to.have.length(2);
  });

  it('knows the sizes of a model, those of the configuration first, and waits a moment at most', async () => {
    const provider = new Offers([small]);
    const models = catalogue(provider, { settings: { 'acme/small': { contextTokens: 700 } } });
    expect(await models.sizes('acme', 'built-in')).to.deep.equal({ contextTokens: 100, outputTokens: null });
    await models.list(provider, { refresh: true });
    expect(await models.sizes('acme', 'small')).to.deep.equal({ contextTokens: 700, outputTokens: 50 });
    const silent = new Offers([]);
    silent.models = () => new Promise(() => undefined);
    expect(await catalogue(silent).sizes('acme', 'any')).to.deep.equal({ contextTokens: null, outputTokens: null });
  });

  it('keeps a list over a restart, and when the server is away', async () => {
    const provider = new Offers([small]);
    await catalogue(provider).list(provider, { refresh: true });
    provider.isAway = true;
    const again = catalogue(provider);
    expect(ids(await again.list(provider, { refresh: false }))).to.deep.equal(['small']);
    expect(ids(await again.list(provider, { refresh: true }))).to.deep.equal(['small']);
  });

  it('asks with the credential that would be used, and not without one where one is needed', async () => {
    const credential = { id: 'env', provider: 'acme' } as Credential;
    const provider = new Offers([small], 'acme', ['acme/api_key']);
    const none = catalogue(provider);
    expect(ids(await none.list(provider, { refresh: true }))).to.deep.equal(['built-in']);
    expect(provider.asked.some(({ refresh }) => refresh)).to.equal(false);
    const some = catalogue(provider, { credentials: { pick: async () => credential } });
    expect(ids(await some.list(provider, { refresh: true }))).to.deep.equal(['small']);
    expect(provider.asked.at(-1)?.credential).to.equal(credential);
  });

  it('puts the configuration above what providers say, and adds models that stand in no list', async () => {
    const provider = new Offers([small]);
    const settings = {
      small: { contextTokens: 9, images: true },
      'acme/mine': { contextTokens: 7, outputTokens: 3 },
      'other/theirs': { contextTokens: 1 },
    };
    const price = { input: '1', output: '2', cached_input: null, cache_write: null, source: 'a test' };
    const models = catalogue(provider, { settings, prices: { of: () => price } });
    const listed = await models.list(provider, { refresh: true });
    expect(listed).to.deep.equal([
      {
        id: 'small',
        label: 'Small',
        context_tokens: 9,
        output_tokens: 50,
        capabilities: { images: true, files: null, thinking: null, tools: null },
        price,
      },
      {
        id: 'mine',
        label: 'mine',
        context_tokens: 7,
        output_tokens: 3,
        capabilities: { images: null, files: null, thinking: null, tools: null },
        price,
      },
    ]);
  });

  it('tells the window of any model without waiting for anybody', async () => {
    const provider = new Offers([small]);
    const models = catalogue(provider);
    const shown = (model: string) =>
      models.fill({ provider: 'acme', model, context: { used_tokens: 1, window_tokens: null } } as Session).context;
    expect(shown('small')).to.deep.equal({ used_tokens: 1, window_tokens: null });
    await models.list(provider, { refresh: true });
    expect(shown('small').window_tokens).to.equal(1_000);
    expect(shown('free-text').window_tokens).to.equal(null);
  });

  it('is refreshed whole by the job', async () => {
    const provider = new Offers([small]);
    const models = catalogue(provider);
    await models.refreshAll();
    provider.served = [];
    expect(ids(await models.list(provider, { refresh: false }))).to.deep.equal(['small']);
  });
});
