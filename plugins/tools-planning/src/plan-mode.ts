import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { type ApprovalPolicy, defineTool, MaestroError, type SessionState } from '@maestro/core';
import { Type } from 'typebox';
import { fails, says } from './answer.js';

const key = 'planning.before';
const mostBytes = 256 * 1_024;
const strict = { additionalProperties: false } as const;

/** What the session might do before it planned. */
interface Before {
  policy: ApprovalPolicy | null;
}

export const enterPlanMode = defineTool({
  id: 'enter_plan_mode',
  title: 'Enter plan mode',
  description:
    'From now on this session only reads: use it before work that should be thought through first. Look around, write a ' +
    'plan, and show it with exit_plan_mode.',
  parameters: Type.Object({ reason: Type.Optional(Type.String({ maxLength: 2_000 })) }, strict),
  // It takes leave away and gives none.
  effects: 'read',
  retry: 'safe',
  async run(_, { setApproval, state }) {
    const policy = await setApproval('plan');
    if (policy !== 'plan') await state.set(key, { policy } satisfies Before);
    return says('This session plans now: only tools that read will run, until the user agrees to a plan.');
  },
});

export const exitPlanMode = defineTool({
  id: 'exit_plan_mode',
  title: 'Exit plan mode',
  description:
    'Shows the user a plan and asks whether to go on with it; only with their yes may this session change things again. ' +
    'The plan stands in plan_filename; where that file is not there yet, give the text as plan, and it is written once ' +
    'the user agreed.',
  parameters: Type.Object(
    {
      plan_filename: Type.String({ minLength: 1, maxLength: 1_024, pattern: '^[^\\u0000]*$' }),
      plan: Type.Optional(Type.String({ minLength: 1, maxLength: mostBytes })),
    },
    strict,
  ),
  // Without a yes of the person it only reads.
  effects: 'read',
  retry: 'safe',
  async run({ plan_filename, plan }, { question, setApproval, state, workingDirectory }) {
    const file = resolve(workingDirectory, plan_filename);
    const inside = relative(workingDirectory, file);
    if (inside === '' || inside.startsWith('..') || isAbsolute(inside)) {
      return fails(`${plan_filename} is not inside of the working directory. Name a file in it.`);
    }
    const text = plan ?? (await planIn(file));
    if (text.trim() === '') return fails(`${plan_filename} is empty. Write the plan first.`);
    const answer = await question({ title: `Go on with the plan in ${inside}?`, text, fields: [] });
    if (answer.outcome !== 'answered') {
      const reason = answer.outcome === 'declined' && answer.reason ? ` They said: ${answer.reason}` : '';
      return says(`The user does not agree to the plan yet; this session still only plans.${reason}`);
    }
    if (plan !== undefined) await write(file, plan);
    await setApproval(await policyAfter(state));
    return says('The user agreed to the plan. Go on with it; what this session might do before, it may do again.');
  },
});

/** A session that was set to plan by a person asks from here on: nobody said that it need not. */
async function policyAfter(state: SessionState): Promise<ApprovalPolicy | null> {
  const before = await state.get<Before>(key);
  return before ? before.policy : 'ask';
}

async function planIn(file: string): Promise<string> {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const handle = await open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((cause: unknown) => {
    throw new MaestroError('tool.not_found', `${file} cannot be read; give the text as "plan"`, { cause });
  });
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw new MaestroError('tool.not_a_file', `${file} is no regular file`);
    if (found.size > mostBytes) throw new MaestroError('tool.too_large', `${file} is longer than ${mostBytes} bytes`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

async function write(file: string, plan: string): Promise<void> {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_NOFOLLOW, O_NONBLOCK } = constants;
  const handle = await open(file, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK).catch((cause: unknown) => {
    throw new MaestroError('tool.denied', `the plan could not be written to ${file}`, { cause });
  });
  try {
    await handle.writeFile(plan.endsWith('\n') ? plan : `${plan}\n`);
  } finally {
    await handle.close();
  }
}
