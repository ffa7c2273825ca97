/** Everything that stands on an open database, in one module: it is loaded while the database starts. */
export { Blobs } from './blobs.js';
export { Calls } from './calls.js';
export { Composer } from './composer.js';
export { Credentials } from './credentials.js';
export { describeUrl, openDatabase } from './database.js';
export { EventLog } from './event-log.js';
export { takeInstanceLock } from './instance-lock.js';
export { openMasterKey } from './master-key.js';
export { Messages } from './messages.js';
export { migrate } from './migrate.js';
export { Instances } from './ownership.js';
export { Queue } from './queue.js';
export { Sessions } from './sessions.js';
export { Tokens } from './tokens.js';
export { ToolSwitches } from './tools.js';
