import { definePlugin } from '@maestro/core';
import { Type } from 'typebox';
import { RehearsalProvider } from './provider.js';

export default definePlugin({
  name: '@maestro/provider-rehearsal',
  config: Type.Object({
    /** Pause between two words, in milliseconds. */
    pauseMs: Type.Integer({ default: 25, minimum: 0, maximum: 10_000 }),
    /** A folder of `NAME.json` scripts; each becomes a model `script-NAME`. Empty: none. */
    scripts: Type.String({ default: '' }),
  }),
  activate(ctx, config) {
    ctx.providers.add(new RehearsalProvider(config, ctx.signal));
  },
});
