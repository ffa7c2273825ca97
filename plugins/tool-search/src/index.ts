import { definePlugin } from '@maestro/core';
import { searchTools } from './search-tools.js';

export default definePlugin({
  name: '@maestro/tool-search',
  activate(ctx) {
    ctx.tools.add(searchTools);
  },
});
