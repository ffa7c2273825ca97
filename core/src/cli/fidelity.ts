import { resolve } from 'node:path';
import { loadConfig } from '../config/load.js';
import { type CheckResult, capturesFolder, checkCaptures, isFailure } from '../fidelity/check-captures.js';
import { withContributions } from '../fidelity/load-contributions.js';
import { silentLog } from '../log.js';
import { Http } from '../wire/http.js';
import { defineCommand, json, place } from './command.js';
import { EXIT } from './exit.js';
import { plain, printJson, printTable } from './output.js';

export const command = defineCommand({
  usage: 'fidelity [--captures DIR] [--json] [--config F] [--home D]',
  summary:
    'Sends every request made after a reference to a socket on this machine, and compares the bytes with captures.',
  notes: [
    '--captures: a folder of captures; otherwise those that ship (config/captures).',
    'Needs neither server nor database nor network. Ends with 0 when all are equal, else 1.',
  ],
  example: 'maestro fidelity --captures ./my-captures',
  options: { ...place, ...json, captures: { type: 'string' } },
  arity: [0, 0],
  async run(call) {
    const { home, config, captures } = call.flags;
    const flags = { ...(home !== undefined && { home }), ...(config !== undefined && { config }) };
    const { plugins } = loadConfig({ env: call.env, flags }).config;
    const http = new Http();
    const checked = await withContributions(plugins, { http, log: silentLog }, async (contributions) => {
      const results = await checkCaptures(captures ? resolve(captures) : capturesFolder, contributions);
      return { results, missing: contributions.missing };
    });
    await http.close();
    const isGood = checked.missing.length === 0 && !checked.results.some(isFailure);
    if (call.flags.json) printJson(call, { ok: isGood, plugins: checked.missing, results: checked.results });
    else call.stdout.write(report(call, checked));
    return isGood ? EXIT.done : EXIT.failed;
  },
});

type Out = Parameters<typeof printTable>[0];

function report(call: Out, { results, missing }: { results: CheckResult[]; missing: readonly string[] }): string {
  printTable(
    call,
    ['FILE', 'PROFILE', 'VERDICT'],
    results.map(({ file, part, profile, verdict, note }) => [nameOf({ file, part }), profile ?? note ?? '', verdict]),
  );
  const counts = Object.entries(Object.groupBy(results, ({ verdict }) => verdict));
  return [
    ...results.filter(({ verdict }) => verdict === 'different' || verdict === 'unreadable').flatMap(explained),
    ...missing.map((reason) => `\nnot loaded: ${plain(reason)}`),
    `\n${counts.map(([verdict, list]) => `${list.length} ${verdict}`).join(', ')}\n`,
  ].join('\n');
}

function explained({ file, part, profile, note, differences }: CheckResult): string[] {
  const title = `\n${nameOf({ file, part })}${profile ? `, nearest: ${profile}` : ''}${note ? `: ${plain(note)}` : ''}`;
  return [
    title,
    ...differences.flatMap(({ what, diff }) => [`  ${what}`, ...diff.map((line) => `    ${plain(line)}`)]),
  ];
}

const nameOf = ({ file, part }: Pick<CheckResult, 'file' | 'part'>) => (part ? `${file} (${part})` : file);
