import { definePlugin } from '@maestro/core';

export default definePlugin({
  name: '@maestro/panel-system',
  activate() {
    // Its panel comes with the feed of panels.
  },
});
