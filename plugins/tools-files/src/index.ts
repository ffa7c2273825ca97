import { definePlugin, Processes } from '@maestro/core';
import { applyPatch } from './apply-patch.js';
import { deleteLineRange } from './delete-line-range.js';
import { glob } from './glob.js';
import { grepSearch } from './grep-search.js';
import { insertAtLine } from './insert-at-line.js';
import { listDirectory } from './list-directory.js';
import { readFile } from './read-file.js';
import { readLineRange } from './read-line-range.js';
import { readManyFiles } from './read-many-files.js';
import { replace } from './replace.js';
import { Ripgrep } from './ripgrep.js';
import { searchFileContent } from './search-file-content.js';
import { seenFiles as seen } from './seen-files.js';
import { writeFile } from './write-file.js';

export default definePlugin({
  name: '@maestro/tools-files',
  activate(ctx) {
    const ripgrep = new Ripgrep(() => ctx.resolve(Processes));
    ctx.tools.add(listDirectory);
    for (const tool of [readFile, readLineRange]) ctx.tools.add(tool(seen));
    ctx.tools.add(readManyFiles(seen, ripgrep));
    for (const tool of [glob, grepSearch, searchFileContent]) ctx.tools.add(tool(ripgrep));
    for (const tool of [writeFile, replace, insertAtLine, deleteLineRange, applyPatch]) ctx.tools.add(tool(seen));
  },
});
