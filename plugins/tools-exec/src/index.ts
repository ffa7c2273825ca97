import { definePlugin, Processes } from '@maestro/core';
import { Type } from 'typebox';
import { BackgroundProcesses } from './background.js';
import { killBackgroundProcess, listBackgroundProcesses, readBackgroundOutput } from './background-tools.js';
import { executeCode } from './execute-code.js';
import { Language, languages, systemShell } from './languages.js';
import { removeOldOutputs } from './old-outputs.js';
import { runShellCommand } from './run-shell-command.js';

const config = Type.Object(
  {
    languages: Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_+#-]{0,63}$' }), Language, {
      default: {},
      description: 'Languages of execute_code beside those that are built in, or instead of one of the same name.',
    }),
    // What runs a command line; the platform's own shell unless given.
    shell: Type.Optional(Language),
  },
  { additionalProperties: false },
);

export default definePlugin({
  name: '@maestro/tools-exec',
  config,
  activate(ctx, settings) {
    const processes = ctx.resolve(Processes);
    const background = new BackgroundProcesses(processes);
    ctx.own(() => background.close());
    const stop = ctx.signal;
    const shell = settings.shell ?? systemShell;
    ctx.tools.add(executeCode(processes, { ...languages, ...settings.languages }, stop));
    ctx.tools.add(runShellCommand({ processes, background, shell, stop }));
    ctx.tools.add(listBackgroundProcesses(background));
    ctx.tools.add(readBackgroundOutput(background));
    ctx.tools.add(killBackgroundProcess(background));
    removeOldOutputs().catch((cause: unknown) => ctx.log.warn('old outputs cannot be removed', { cause }));
  },
});
