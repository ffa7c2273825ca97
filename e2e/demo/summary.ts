import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { CallResource, List, Message, Session, SessionUsage } from '@maestro/core/protocol';
import { messagesOf } from '../support/three-providers.js';
import { type LanguageName, languageNames } from './languages.js';
import type { WholeJob } from './whole-job.js';

export interface Summary {
  /** Relative to `work`; whether they are new or changed is told by the sign in front. */
  files: string[];
  /** Exit codes of the tests of each language before the edit and after it; null where the language is not installed. */
  tests: Record<LanguageName, (number | null)[]>;
  /** Calls by `provider/model`. */
  calls: Record<string, number>;
  /** Calls whose stored request is to the byte what the simulator received, and how many there are. */
  exact: { equal: number; stored: number; received: number };
  costUsd: string | null;
  isWell: boolean;
}

/** What came of the job, read from the files, the stored calls, and what the simulator received. */
export async function summaryOf(
  job: WholeJob,
  { lead, agents }: { lead: Session; agents: Session[] },
): Promise<Summary> {
  const { server, sim, folder } = job;
  const files = await changedFiles(path.join(folder, 'upstream'), path.join(folder, 'work'));
  const tests = testRuns(await messagesOf(server, lead.session_id));
  const usage = await server.must<SessionUsage>('GET', `/sessions/${lead.session_id}/usage`);
  const calls = await Promise.all([lead, ...agents].map(({ session_id }) => callsOf(job, session_id)));
  const stored = await Promise.all(calls.flat().map(({ id }) => server.bytes(`/calls/${id}/request`)));
  const received = sim.requests.map(({ body }) => body);
  const exact = {
    equal: stored.filter((bytes) => received.some((body) => body.equals(bytes))).length,
    stored: stored.length,
    received: received.filter((body) => body.length > 0).length,
  };
  const isTested = Object.values(tests).every(([before, after]) => before === null || (before !== 0 && after === 0));
  return {
    files,
    tests,
    calls: Object.fromEntries(usage.by_model.map((sum) => [`${sum.provider}/${sum.model}`, sum.calls])),
    exact,
    costUsd: usage.totals.total_cost_usd,
    isWell: lead.status === 'idle' && isTested && exact.equal === exact.stored && exact.stored === exact.received,
  };
}

async function callsOf({ server }: WholeJob, sessionId: string): Promise<CallResource[]> {
  return (await server.must<List<CallResource>>('GET', `/sessions/${sessionId}/calls`)).items;
}

/** `~ python/discount.py` for a changed file, `+` for a new one. */
async function changedFiles(before: string, after: string): Promise<string[]> {
  const entries = await readdir(after, { recursive: true, withFileTypes: true });
  const names = entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
  const signs = await Promise.all(
    names.sort().map(async (name) => {
      const relative = path.relative(after, name);
      const old = await readFile(path.join(before, relative)).catch(() => undefined);
      if (!old) return [`+ ${relative}`];
      return old.equals(await readFile(name)) ? [] : [`~ ${relative}`];
    }),
  );
  return signs.flat();
}

function testRuns(messages: readonly Message[]): Summary['tests'] {
  const parts = messages.flatMap((message) => message.parts);
  const runs = languageNames.map((language) => {
    const ids = parts.flatMap((part) =>
      part.type === 'tool_call' && (part.args as { language?: string }).language === language ? [part.id] : [],
    );
    const codes = ids.map((id) => {
      const result = parts.find((part) => part.type === 'tool_result' && part.call_id === id);
      const content = result?.type === 'tool_result' ? result.content : [];
      const terminal = content.find((part) => part.type === 'terminal');
      return terminal?.type === 'terminal' ? terminal.exit_code : null;
    });
    return [language, codes];
  });
  return Object.fromEntries(runs);
}

export function linesOf({ files, tests, calls, exact, costUsd }: Summary): string[] {
  const word = (code: number | null | undefined) => {
    if (code === null || code === undefined) return 'not installed';
    return code === 0 ? 'pass' : `fail (exit code ${code})`;
  };
  return [
    'Files:',
    ...files.map((line) => `  ${line}`),
    'Tests, before and after:',
    ...Object.entries(tests).map(
      ([name, [before, after]]) => `  ${name.padEnd(12)}${word(before).padEnd(22)}${word(after)}`,
    ),
    'Calls:',
    ...Object.entries(calls).map(([name, count]) => `  ${name.padEnd(34)}${count}`),
    `  ${exact.equal} of ${exact.stored} stored requests are to the byte what the simulator received (${exact.received})`,
    `Cost at list prices: ${costUsd} USD (a simulator answered; nothing was paid)`,
  ];
}
