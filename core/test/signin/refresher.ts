import { silentLog } from '../../src/log.js';
import { openDatabase } from '../../src/store/database.js';
import { acmeOAuth } from './acme.js';
import { signInParts, testKey } from './support.js';

/** What a process of the race is told. */
export interface RefresherOrder {
  databaseUrl: string;
  key: string;
  serverUrl: string;
  credentials: readonly string[];
  calls: number;
  pauseMs: number;
  /** Ends itself as kill -9 does, when the token server has answered and nothing is committed. */
  dies?: boolean;
}

/** What it did. */
export interface RefresherReport {
  refused: number;
  failed: number;
}

async function run(order: RefresherOrder): Promise<RefresherReport> {
  const db = await openDatabase({ url: order.databaseUrl, log: silentLog, poolSize: 3 });
  const extra = order.dies ? { onTokens: () => process.kill(process.pid, 'SIGKILL') } : {};
  const keys = testKey(Buffer.from(order.key, 'hex'));
  const { fresh, http } = signInParts({ db, keys, methods: [acmeOAuth({ url: order.serverUrl }, extra)] });
  const report = { refused: 0, failed: 0 };
  const call = async (id: string) => {
    let credential = await fresh.open(id);
    // Expiries come faster here than a slow machine may bring a call to the server: a token that was replaced on its
    // way is no failure, so often in a row it is.
    for (let tries = 1; tries <= 4; tries += 1) {
      const token = credential.secrets.access_token!.use((value) => value);
      const headers = { authorization: `Bearer ${token}` };
      const response = await fetch(`${order.serverUrl}/call`, { method: 'POST', headers });
      if (response.ok) return;
      report.refused += 1;
      credential = await fresh.refresh(credential);
    }
    report.failed += 1;
  };
  for (let count = 0; count < order.calls; count += 1) {
    const ends = await Promise.allSettled(order.credentials.map(call));
    report.failed += ends.filter(({ status }) => status === 'rejected').length;
    await new Promise((resolve) => setTimeout(resolve, order.pauseMs * (0.5 + Math.random())));
  }
  await http.close();
  await db.close();
  return report;
}

process.once('message', (order: RefresherOrder) => {
  run(order).then(
    (report) => process.send?.(report, () => process.exit(0)),
    () => process.exit(1),
  );
});
