import { definePlugin } from '@maestro/core';
import { listDirectory } from './list-directory.js';
import { readFile } from './read-file.js';
import { replace } from './replace.js';
import { writeFile } from './write-file.js';

export default definePlugin({
  name: '@maestro/tools-files',
  activate(ctx) {
    ctx.tools.add(readFile);
    ctx.tools.add(writeFile);
    ctx.tools.add(replace);
    ctx.tools.add(listDirectory);
  },
});
