import pg from 'pg';

const dollars = [2.7, 2.65, 2.2, 2.55, 2.95, 0.4, 0.75, 1.85, 1.9, 3, 1.75, 1.85, 0.95, 1.9];
const lines = [
  ['anthropic', 'claude-opus-4-1', 'Mason', 'conversation', 0.65],
  ['anthropic', 'claude-sonnet-4-5', 'Wren', 'sub_agent', 0.35],
  ['openai', 'gpt-5', 'Forge', 'conversation', 0.4],
  ['openai', 'gpt-5-mini', 'Juno', 'compaction', 0.05],
  ['gemini', 'gemini-2.5-pro', 'Atlas', 'conversation', 0.15],
] as const;

/** Two weeks of calls by five agents on three providers, the last of them today, of sessions that were removed since. */
export async function fillUsage(databaseUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const [index, day] of dollars.entries()) {
      for (const [provider, model, agent, activity, share] of lines) {
        await client.query(
          `insert into usage_entries (at, conversation_id, provider, model, agent, activity, total_cost_usd, request_tokens,
             response_tokens, cached_tokens, estimated)
           values (date_trunc('day', now()) - $1 * interval '1 day', gen_random_uuid(), $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
          [
            ...[dollars.length - 1 - index, provider, model, agent, activity, (day * share).toFixed(6)],
            ...[Math.round(day * 60_000), Math.round(day * 7_000), Math.round(day * 24_000), model === 'gpt-5-mini'],
          ],
        );
      }
    }
  } finally {
    await client.end();
  }
}

/** A call of today that cost nothing. */
export async function addUse(databaseUrl: string, agent: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query(
      `insert into usage_entries (conversation_id, provider, model, agent, total_cost_usd, request_tokens)
       values (gen_random_uuid(), 'gemini', 'gemini-2.5-pro', $1, 0, 1)`,
      [agent],
    );
  } finally {
    await client.end();
  }
}
