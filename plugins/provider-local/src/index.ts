import { definePlugin, Http } from '@maestro/core';
import { Config } from './config.js';
import { LocalProvider } from './provider.js';

export default definePlugin({
  name: '@maestro/provider-local',
  config: Config,
  activate(ctx, config) {
    ctx.providers.add(new LocalProvider({ config, http: () => ctx.resolve(Http), log: ctx.log }));
  },
});
