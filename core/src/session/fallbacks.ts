import type { Provider } from '../extension/provider.js';
import type { Providers } from '../extension/registry.js';
import type { Logger } from '../log.js';
import type { ModelChoice } from '../store/step.js';
import type { CredentialSource } from './runner.js';
import type { Asking } from './turn.js';

interface FallbackParts {
  providers: Providers;
  credentials: CredentialSource;
  log: Logger;
}

/** Who takes over when a turn's model is at a limit: the configured ones in their order, each at most once a turn. */
export class Fallbacks {
  constructor(
    private readonly chain: readonly ModelChoice[],
    private readonly parts: FallbackParts,
  ) {}

  /** The next one that is there and can be asked; null when nobody is left. */
  async after({ config, provider: current, credential: held }: Asking): Promise<Asking | null> {
    const left = [...(config.left ?? []), { provider: config.provider, model: config.model }];
    const isLeft = (choice: ModelChoice) =>
      left.some(({ provider, model }) => provider === choice.provider && model === choice.model);
    for (const choice of this.chain) {
      const provider = isLeft(choice) ? undefined : this.parts.providers.find(choice.provider);
      if (!provider) continue;
      const { model } = choice;
      // Another model of the same provider is asked with the same credential.
      if (provider.id === current.id) return { provider, credential: held, config: { ...config, model, left } };
      const found = await this.#credential(provider);
      if (!found) continue;
      const taken: ModelChoice = { provider: provider.id, model };
      return { provider, credential: found.credential, config: { ...config, ...taken, credential_id: null, left } };
    }
    return null;
  }

  async #credential(provider: Provider): Promise<Pick<Asking, 'credential'> | null> {
    if (provider.auth.length === 0) return { credential: undefined };
    try {
      const credential = await this.parts.credentials.pick(provider.id, provider.auth);
      return credential ? { credential } : null;
    } catch (cause) {
      this.parts.log.warn('a fallback has no credential that works', { provider: provider.id, cause });
      return null;
    }
  }
}
