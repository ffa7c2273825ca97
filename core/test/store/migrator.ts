import { openDatabase } from '../../src/store/database.js';
import { migrate } from '../../src/store/migrate.js';
import { quiet } from '../../src/testing/database.js';

// Run as a process of its own by migrate.test.ts: URL, and after how many milliseconds to die by SIGKILL.
const [url = '', killAfterMs] = process.argv.slice(2);
const db = await openDatabase({ url, log: quiet });
if (killAfterMs) setTimeout(() => process.kill(process.pid, 'SIGKILL'), Number(killAfterMs));
const applied = await migrate(db);
console.log(JSON.stringify(applied));
await db.close();
