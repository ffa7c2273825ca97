import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { definePlugin, defineTool, text } from '@maestro/core';
import { Type } from 'typebox';

/**
 * Two tools for the crash harness. Each notes its effect in a file opened for appending, which no crash of the
 * server can take back: what stands there has happened, whatever the database says.
 */
export default definePlugin({
  name: '@maestro/witness',
  config: Type.Object({ record: Type.String() }),
  activate(ctx, { record }) {
    const parameters = Type.Object({
      name: Type.String(),
      beforeMs: Type.Integer({ minimum: 0 }),
      afterMs: Type.Integer({ minimum: 0 }),
    });
    const note = (kind: string, call: string, name: string) => appendFileSync(record, `${kind} ${call} ${name}\n`);
    ctx.tools.add(
      defineTool({
        id: 'witness_effect',
        title: 'Effect',
        description: 'Does something that must not happen twice.',
        parameters,
        effects: 'write',
        retry: 'never',
        async run({ name, beforeMs, afterMs }, { callId, signal }) {
          await delay(beforeMs, undefined, { signal });
          note('effect', callId, name);
          await delay(afterMs, undefined, { signal });
          return { content: [text(`${name} is done`)] };
        },
      }),
    );
    ctx.tools.add(
      defineTool({
        id: 'witness_look',
        title: 'Look',
        description: 'Looks at something; looking twice changes nothing.',
        parameters,
        effects: 'read',
        retry: 'safe',
        async run({ name, beforeMs, afterMs }, { callId, signal }) {
          await delay(beforeMs, undefined, { signal });
          note('look', callId, name);
          await delay(afterMs, undefined, { signal });
          return { content: [text(`${name} looks fine`)] };
        },
      }),
    );
  },
});
