import { definePlugin, Http } from '@maestro/core';
import { apiKey } from './api-key.js';
import { Config } from './config.js';
import { AnthropicProvider } from './provider.js';

export default definePlugin({
  name: '@maestro/provider-anthropic',
  config: Config,
  activate(ctx, config) {
    ctx.auth.add(apiKey);
    ctx.providers.add(new AnthropicProvider({ config, http: () => ctx.resolve(Http), log: ctx.log }));
  },
});
