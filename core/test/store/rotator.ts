import { silentLog } from '../../src/log.js';
import { openDatabase } from '../../src/store/database.js';
import { KeyRotation } from '../../src/store/key-rotation.js';
import { openMasterKey } from '../../src/store/master-key.js';

/** Rotates and drops without an end, until it is killed. */
async function run({ url, keysDir }: { url: string; keysDir: string }): Promise<void> {
  const db = await openDatabase({ url, log: silentLog, poolSize: 3 });
  const rotation = new KeyRotation(db, await openMasterKey({ db, keysDir }));
  process.send?.('ready');
  for (let round = 0; ; round += 1) {
    await rotation.rotate({ full: round % 2 === 1 });
    await rotation.dropOld();
  }
}

process.once('message', (order: Parameters<typeof run>[0]) => {
  run(order).catch((error: unknown) => process.send?.(String(error), () => process.exit(1)));
});
