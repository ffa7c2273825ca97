import type { ServerResponse } from 'node:http';
import type { FaultOrder } from './faults.js';
import type { GoogleAccount } from './gemini/google-account.js';
import type { OAuthState } from './oauth/accounts.js';
import type { Recorded } from './recorder.js';
import type { Reply, Script } from './reply.js';
import type { ProviderSim } from './server.js';

export interface ControlRequest {
  method: string;
  url: URL;
  body: Buffer;
}

type Act = (sim: ProviderSim, given: Given, url: URL) => unknown;

interface Given {
  scripts?: (Reply | Script)[];
  faults?: FaultOrder[];
  point?: string;
  refused?: string[];
  state?: Partial<OAuthState>;
  account?: Partial<GoogleAccount>;
}

/** Everything a test in another process may ask. Bodies are JSON; a wrong one gets 400 and says why. */
const ACTS: Readonly<Record<string, Act>> = {
  'POST /_sim/scripts': (sim, { scripts }) => sim.play(...wanted(scripts, 'scripts')),
  'POST /_sim/faults': (sim, { faults }) => {
    for (const each of wanted(faults, 'faults')) sim.faults.add(each);
  },
  'POST /_sim/hold': (sim, { point }) => sim.holds.arm(wanted(point, 'point')),
  'POST /_sim/release': (sim, { point }) => sim.holds.release(point),
  'GET /_sim/holds': (sim) => ({ waiting: sim.holds.waiting() }),
  'GET /_sim/reached': async (sim, _, url) => {
    await sim.holds.reached(wanted(url.searchParams.get('point') ?? undefined, 'point'));
  },
  'POST /_sim/betas': (sim, { refused }) => {
    sim.refusedBetas.clear();
    for (const value of wanted(refused, 'refused')) sim.refusedBetas.add(value);
  },
  'POST /_sim/google': (sim, { account }) => {
    Object.assign(sim.google, wanted(account, 'account'));
  },
  'GET /_sim/requests': (sim, _, url) => {
    const after = Number(url.searchParams.get('after') ?? 0);
    return { items: sim.requests.filter(({ id }) => id > after).map(shown) };
  },
  'GET /_sim/oauth': (sim) => ({ state: sim.oauth.state, counts: sim.oauth.counts }),
  'POST /_sim/oauth': (sim, { state }) => {
    Object.assign(sim.oauth.state, wanted(state, 'state'));
  },
  'POST /_sim/oauth/expire': (sim) => sim.oauth.expire(),
  'GET /_sim/rejected': (sim) => ({ items: sim.rejected.map(shown) }),
  'GET /_sim/bill': (sim) => {
    const { requests, total } = sim.bill();
    const items = requests.map(({ cost, ...rest }) => ({ ...rest, cost: cost === null ? null : String(cost) }));
    return { items, total: String(total) };
  },
  'POST /_sim/reset': (sim) => sim.reset(),
};

export async function control(sim: ProviderSim, request: ControlRequest, response: ServerResponse): Promise<void> {
  const { status, body } = await perform(sim, request);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

async function perform(sim: ProviderSim, { method, url, body }: ControlRequest) {
  const act = ACTS[`${method} ${url.pathname}`];
  if (!act) return { status: 404, body: { error: `there are: ${Object.keys(ACTS).join(', ')}` } };
  try {
    const given = body.length > 0 ? (JSON.parse(body.toString()) as Given) : {};
    return { status: 200, body: (await act(sim, given, url)) ?? { ok: true } };
  } catch (error) {
    return { status: 400, body: { error: (error as Error).message } };
  }
}

function wanted<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw new Error(`"${name}" is missing`);
  return value;
}

/** Without what means nothing in another process. */
const shown = ({ raw, head, body, overAt: _, ...rest }: Recorded) => ({
  ...rest,
  raw_base64: raw.toString('base64'),
  head_base64: head.toString('base64'),
  body_base64: body.toString('base64'),
});
