#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { startProviderSim } from './server.js';

const USAGE = `provider-sim [--port N] [--seed TEXT] [--rate FRAMES_PER_SECOND]
Serves simulated providers on 127.0.0.1, prints its URL, ends on SIGINT or SIGTERM.`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    seed: { type: 'string' },
    rate: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else await serve();

async function serve(): Promise<void> {
  const sim = await startProviderSim({
    port: Number(values.port),
    ...(values.seed === undefined ? {} : { seed: values.seed }),
    ...(values.rate === undefined ? {} : { rate: Number(values.rate) }),
  });
  console.log(sim.url);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void sim.close());
}
