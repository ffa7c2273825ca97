import { existsSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Behaviour, type SimRequest } from './behaviour.js';
import type { Mode } from './modes.js';

/** `node stdio.js MODE [FILE]`: FILE remembers that it ran before; `MCP_SIM_TOOLS` in the environment: so many tools. */
const [mode = 'good', memory] = process.argv.slice(2) as [Mode?, string?];
const isSecondRun = memory !== undefined && existsSync(memory);
if (memory !== undefined) writeFileSync(memory, '');

if (mode === 'crash-at-start') {
  process.stderr.write('this server does not want to start\n');
  process.exit(3);
}
if (mode === 'deaf') for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => undefined);

function raw(text: string, times = 1): Promise<void> {
  return new Promise((resolve) => {
    const next = (left: number): void => {
      if (left === 0) resolve();
      else process.stdout.write(text, () => next(left - 1));
    };
    next(times);
  });
}

const behaviour = new Behaviour(
  mode,
  {
    send: (message) => void process.stdout.write(`${JSON.stringify(message)}\n`),
    raw,
    crash: () => process.exit(3),
  },
  { isSecondRun, tools: Number(process.env.MCP_SIM_TOOLS ?? 1) },
);
process.stdout.on('error', () => process.exit(1));
const lines = createInterface({ input: process.stdin });
lines.on('line', (line) => void behaviour.take(JSON.parse(line) as SimRequest));
// A deaf one stays although nobody is there any more.
lines.on('close', () => (mode === 'deaf' ? setInterval(() => undefined, 1_000) : process.exit(0)));
