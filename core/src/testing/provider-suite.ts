import { abilityChecks } from './ability-checks.js';
import type { ProviderCheck, ProviderSuite } from './provider-harness.js';
import { replyChecks } from './reply-checks.js';

export type { ProviderCheck, ProviderHarness, ProviderSuite, Situation } from './provider-harness.js';

/** The contract, sentence by sentence. */
export const providerChecks: readonly ProviderCheck[] = [...replyChecks, ...abilityChecks];

/** Says in a mocha suite that a provider keeps the contract of `Provider`. */
export function describeProvider(name: string, suite: ProviderSuite): void {
  describe(`provider ${name}`, () => {
    for (const check of providerChecks) {
      if (!suite.situations.includes(check.situation)) continue;
      it(check.title, async () => {
        const harness = await suite.open();
        try {
          await check.run(harness);
        } finally {
          await harness.close();
        }
      });
    }
  });
}
