import { definePlugin, SystemFigures } from '@maestro/core';
import { Type } from 'typebox';
import { systemPanel } from './system-panel.js';

export default definePlugin({
  name: '@maestro/panel-system',
  config: Type.Object({
    everyMs: Type.Integer({
      default: 2_000,
      minimum: 1_000,
      maximum: 60_000,
      title: 'Look every',
      description: 'Milliseconds between two looks at the machine',
    }),
    historyMinutes: Type.Integer({
      default: 10,
      minimum: 1,
      maximum: 60,
      title: 'Minutes shown',
      description: 'How far back the lines go, since somebody began to look',
    }),
  }),
  activate(ctx, settings) {
    const figures = ctx.resolve(SystemFigures);
    ctx.panels.add(systemPanel(() => figures.read(), settings));
  },
});
