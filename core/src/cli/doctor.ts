import { defineCommand, json, place } from './command.js';
import { examine, type Finding } from './examine.js';
import { EXIT } from './exit.js';
import { plain, printJson } from './output.js';

const marks = { good: 'ok  ', bad: 'FAIL', unknown: '-   ' } as const;

export const command = defineCommand({
  usage: 'doctor [--json] [--config F] [--home D]',
  summary: 'Checks what The Maestro stands on: configuration, private files, keys, database, plugins, stored history.',
  notes: ['Ends with 0 when nothing is wrong, else 1.'],
  example: 'maestro doctor',
  options: { ...place, ...json },
  arity: [0, 0],
  async run(call) {
    const findings = await examine(call);
    const isWell = findings.every(({ state }) => state !== 'bad');
    if (call.flags.json) printJson(call, { ok: isWell, findings });
    else for (const finding of findings) call.stdout.write(line(finding));
    return isWell ? EXIT.done : EXIT.failed;
  },
});

function line({ state, what, detail }: Finding): string {
  const [first = '', ...more] = detail.split('\n');
  const rest = more.map((text) => `       ${plain(text)}\n`).join('');
  return `${marks[state]} ${what}: ${plain(first)}\n${rest}`;
}
