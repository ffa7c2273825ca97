import { loadConfig } from '../config/load.js';
import { ConfigError } from '../config/problem.js';
import { defineCommand, json, place } from './command.js';
import { EXIT } from './exit.js';
import { printJson } from './output.js';

export const command = defineCommand({
  usage: 'config validate [--config F] [--json] [--home D]',
  summary: 'Checks the configuration of all layers and tells every problem at once.',
  example: 'maestro config validate --config staging.yaml',
  options: { ...place, ...json },
  arity: [0, 0],
  async run(call) {
    const { home, config } = call.flags;
    const flags = { ...(home !== undefined && { home }), ...(config !== undefined && { config }) };
    try {
      const { files, warnings } = loadConfig({ env: call.env, flags });
      if (call.flags.json) printJson(call, { ok: true, files, warnings, problems: [] });
      else call.stdout.write([`The configuration is good.`, ...files, ...warnings].map((line) => `${line}\n`).join(''));
      return EXIT.done;
    } catch (error) {
      if (!call.flags.json || !(error instanceof ConfigError)) throw error;
      printJson(call, { ok: false, files: [], warnings: [], problems: error.problems });
      return EXIT.config;
    }
  },
});
