export interface Goal {
  goal_prompt: string;
  behaviour_prompts?: readonly string[];
  expected_outputs?: Readonly<Record<string, string>>;
  output_spec?: Readonly<Record<string, string>>;
  context?: Readonly<Record<string, unknown>>;
}

/** All of a task in one message, in markdown. */
export function goalOf(goal: Goal): string {
  const { goal_prompt, behaviour_prompts = [], context = {} } = goal;
  const outputs = Object.entries({ ...goal.output_spec, ...goal.expected_outputs });
  const facts = Object.entries(context);
  return [
    goal_prompt,
    ...section(
      'How to work',
      behaviour_prompts.map((one) => `- ${one}`),
    ),
    ...section(
      'What you should know',
      facts.map(([name, value]) => `- ${name}: ${shown(value)}`),
    ),
    ...section(
      'Your answer must hold',
      outputs.map(([name, what]) => `- ${name}: ${what}`),
    ),
  ].join('\n\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length > 0 ? [`## ${title}\n\n${lines.join('\n')}`] : [];
}

const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value));
