import { definePlugin, Http } from '@maestro/core';
import { apiKey } from './api-key.js';
import { Config } from './config.js';
import { AnthropicProvider } from './provider.js';
import { oauthMethod } from './sign-in.js';

export { parseAnthropicUsage } from './usage.js';

export default definePlugin({
  name: '@maestro/provider-anthropic',
  config: Config,
  activate(ctx, config) {
    if (sendsInTheClear(config.baseUrl))
      ctx.log.warn(
        `baseUrl is ${new URL(config.baseUrl).origin}: keys go there unencrypted; use https, or a proxy here`,
      );
    ctx.auth.add(apiKey);
    ctx.auth.add(oauthMethod(config.oauth));
    ctx.providers.add(new AnthropicProvider({ config, http: () => ctx.resolve(Http) }));
  },
});

/** Plain HTTP to another machine: whoever listens in between reads the key. */
function sendsInTheClear(baseUrl: string): boolean {
  const { protocol, hostname } = new URL(baseUrl);
  return protocol === 'http:' && !/^(?:127(?:\.\d+){3}|localhost|\[::1\])$/.test(hostname);
}
