import { Spine0001 } from './0001-spine.js';
import { Providers0002 } from './0002-providers.js';
import { Agents0003 } from './0003-agents.js';
import { Compaction0004 } from './0004-compaction.js';
import { Budgets0005 } from './0005-budgets.js';
import { Attachments0006 } from './0006-attachments.js';
import { CallTiming0007 } from './0007-call-timing.js';
import { ToolUse0008 } from './0008-tool-use.js';
import { Usage0009 } from './0009-usage.js';
import { Search0010 } from './0010-search.js';

/** In the order they are applied; names are what the database remembers, so they never change. */
export const migrations = [
  { name: '0001-spine', class: Spine0001 },
  { name: '0002-providers', class: Providers0002 },
  { name: '0003-agents', class: Agents0003 },
  { name: '0004-compaction', class: Compaction0004 },
  { name: '0005-budgets', class: Budgets0005 },
  { name: '0006-attachments', class: Attachments0006 },
  { name: '0007-call-timing', class: CallTiming0007 },
  { name: '0008-tool-use', class: ToolUse0008 },
  { name: '0009-usage', class: Usage0009 },
  { name: '0010-search', class: Search0010 },
];
