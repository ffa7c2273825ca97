import { createHash } from 'node:crypto';
import type { ProviderSim } from '@maestro/provider-sim';
import type pg from 'pg';
import type { MaestroProcess } from '../support/maestro-process.js';
import { agentBreaches } from './agent-breaches.js';
import { askedBreaches } from './asked-breaches.js';
import { type Effect, effectsOf } from './effects.js';
import type { Person } from './person.js';
import type { Acknowledged } from './workload.js';

/** What must hold after any number of crashes; each line of the answer is one breach. */
export async function verdict(parts: {
  db: pg.Client;
  sim: ProviderSim;
  server: MaestroProcess;
  witness: string;
  acknowledged: readonly Acknowledged[];
  person: Person;
  openAtKill: ReadonlySet<string>;
}): Promise<{ breaches: string[]; calls: number; effects: number; unknown: number }> {
  const { db, sim, server, witness, acknowledged, person, openAtKill } = parts;
  const effects = await effectsOf(witness);
  const compared = await requestBreaches(db, sim, server);
  const breaches = [
    ...(await messageBreaches(db, acknowledged)),
    ...(await toolBreaches(db, effects)),
    ...(await agentBreaches(db)),
    ...(await askedBreaches(db, { person, openAtKill, effects })),
    ...(await eventBreaches(db)),
    ...(await historyBreaches(db)),
    ...(await replyBreaches(db)),
    ...sim.rejected.map(({ refusal }) => `the provider refused a request: ${refusal?.message}`),
    ...compared.breaches,
  ];
  const unknown = await db.query(`select count(*)::int n from tool_calls where state = 'unknown'`);
  return { breaches, calls: compared.calls, effects: effects.length, unknown: unknown.rows[0].n };
}

async function messageBreaches(db: pg.Client, acknowledged: readonly Acknowledged[]): Promise<string[]> {
  const keys = acknowledged.map(({ clientKey }) => clientKey);
  const { rows } = await db.query(
    `select k.key, (select count(*)::int from messages where client_key = k.key) as stored,
       (select count(*)::int from queued_messages where client_key = k.key) as waiting
     from unnest($1::text[]) as k(key)`,
    [keys],
  );
  return rows.flatMap(({ key, stored, waiting }) => {
    if (stored === 1 && waiting === 0) return [];
    if (waiting > 0) return [`the acknowledged message ${key} still waits (${waiting}), stored ${stored} times`];
    return [`the acknowledged message ${key} is stored ${stored} times`];
  });
}

/** Every effect has a committed intent; nothing that must not be repeated ran twice; whatever was cut is marked. */
async function toolBreaches(db: pg.Client, effects: readonly Effect[]): Promise<string[]> {
  const { rows } = await db.query(`select id, provider_tool_id, name, retry, state, attempts, epoch from tool_calls`);
  const rowOf = new Map<string, (typeof rows)[number]>(
    rows.flatMap((row) => [[row.provider_tool_id, row] as const, [row.id, row] as const]),
  );
  const runs = new Map<string, number>();
  for (const { call } of effects) runs.set(call, (runs.get(call) ?? 0) + 1);
  const breaches = rows.flatMap((row) =>
    ['succeeded', 'failed', 'cancelled', 'unknown', 'skipped'].includes(row.state)
      ? []
      : [`the tool ${row.id} ended as ${row.state}`],
  );
  for (const [call, count] of runs) {
    const row = rowOf.get(call);
    if (!row) breaches.push(`an effect of ${call} has no row`);
    else if (row.epoch === null) breaches.push(`an effect of ${call} has no committed start`);
    else if (count > 1 && !(row.retry === 'safe' && row.attempts > 1))
      breaches.push(`${row.name} ${call} ran ${count} times (${row.retry}, ${row.attempts} attempts)`);
  }
  return breaches;
}

async function eventBreaches(db: pg.Client): Promise<string[]> {
  const { rows } = await db.query(
    `select c.id, c.last_seq::int as last, count(e.seq)::int as n, coalesce(max(e.seq), 0)::int as most
     from conversations c left join events e on e.conversation_id = c.id group by c.id, c.last_seq`,
  );
  return rows.flatMap(({ id, last, n, most }) =>
    last === n && n === most ? [] : [`events of ${id}: last ${last}, count ${n}, highest ${most}`],
  );
}

/** Nobody is stuck, and each reply with calls is followed by the results of just those calls, in their order. */
async function historyBreaches(db: pg.Client): Promise<string[]> {
  const stuck = await db.query(`select id, state from turns where state in ('queued', 'calling', 'tools')`);
  const drafts = await db.query('select message_id from drafts');
  const breaches = [
    ...stuck.rows.map(({ id, state }) => `the turn ${id} is stuck in ${state}`),
    ...drafts.rows.map(({ message_id }) => `the draft ${message_id} was left behind`),
  ];
  const { rows } = await db.query(
    `select conversation_id, pos, role, status, parts from messages order by conversation_id, pos`,
  );
  rows.forEach((row, index) => {
    const calls = ids(row.parts, 'tool_call', 'id');
    if (row.role !== 'assistant' || row.status !== 'complete' || calls.length === 0) return;
    const next = rows
      .slice(index + 1)
      .find((later) => later.conversation_id === row.conversation_id && later.status === 'complete');
    const results = next?.role === 'tool' ? ids(next.parts, 'tool_result', 'call_id') : [];
    if (results.join() !== calls.join())
      breaches.push(`calls ${calls.join()} are answered by ${results.join() || 'nothing'}`);
  });
  return breaches;
}

/** A reply counts as complete only where its call came to its end, and no history was ever broken. */
async function replyBreaches(db: pg.Client): Promise<string[]> {
  const torn = await db.query(
    `select m.id from messages m left join provider_calls c on c.id = m.call_id
     where m.role = 'assistant' and m.status = 'complete' and c.state is distinct from 'done'`,
  );
  const broken = await db.query(`select id from turns where error->>'code' = 'history.broken'`);
  return [
    ...torn.rows.map(({ id }) => `the reply ${id} is complete, but its call never was`),
    ...broken.rows.map(({ id }) => `the turn ${id} met a broken history`),
  ];
}

const ids = (parts: Record<string, string>[], type: string, key: string) =>
  parts.filter((part) => part.type === type).map((part) => part[key] ?? '');

/** Each request the provider saw is stored to the byte, and each finished call was really sent. */
async function requestBreaches(
  db: pg.Client,
  sim: ProviderSim,
  server: MaestroProcess,
): Promise<{ breaches: string[]; calls: number }> {
  const seen = new Set(sim.requests.map(({ body }) => sha256(body)));
  const { rows } = await db.query('select id, state, req_sha256 from provider_calls');
  const breaches: string[] = [];
  const stored = new Set<string>();
  for (const { id, state, req_sha256 } of rows) {
    const digest = sha256(await server.bytes(`/calls/${id}/request`));
    stored.add(digest);
    if (digest !== req_sha256) breaches.push(`the request of call ${id} does not match its own hash`);
    if (state === 'done' && !seen.has(digest)) breaches.push(`call ${id} is done, but nobody saw its request`);
    if (state === 'sent') breaches.push(`call ${id} never ended`);
  }
  for (const digest of seen)
    if (!stored.has(digest)) breaches.push(`the provider saw a request that has no row (${digest.slice(0, 12)})`);
  return { breaches, calls: rows.length };
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
