import { defineTool, type QuestionField } from '@maestro/core';
import { type Static, Type } from 'typebox';
import { says } from './answer.js';

const words = Type.String({ minLength: 1, maxLength: 4_000 });
const item = Type.Object(
  {
    question: words,
    header: Type.String({ minLength: 1, maxLength: 100 }),
    type: Type.Enum(['choice', 'text', 'yesno'], { default: 'choice' }),
    options: Type.Optional(
      Type.Array(Type.Object({ label: words, description: Type.String({ maxLength: 4_000 }) }), { maxItems: 20 }),
    ),
    multiSelect: Type.Optional(Type.Boolean()),
    placeholder: Type.Optional(Type.String({ maxLength: 500 })),
  },
  { additionalProperties: false },
);

export const askUser = defineTool({
  id: 'ask_user',
  title: 'Ask the user',
  description:
    'Asks the user one to four questions and waits for the answers. Use it when a decision is theirs to make and cannot be ' +
    'found out; a choice needs options, and the user may always answer in words of their own.',
  parameters: Type.Object(
    { questions: Type.Array(item, { minItems: 1, maxItems: 4 }) },
    { additionalProperties: false },
  ),
  effects: 'read',
  retry: 'safe',
  async run({ questions }, { question }) {
    const fields = questions.map(fieldOf);
    const [first] = questions;
    const title = questions.length === 1 && first ? first.question : `${questions.length} questions`;
    const answer = await question({ title: title.split('\n')[0] ?? title, fields });
    if (answer.outcome === 'dismissed') return says('The user closed the questions without an answer. Go on without.');
    if (answer.outcome === 'declined')
      return says(`The user does not answer${answer.reason ? `: ${answer.reason}` : '.'}`);
    const lines = questions.map(({ header, question: asked }, index) => {
      return `${header} (${asked}): ${spoken(answer.values[`q${index + 1}`])}`;
    });
    return says(lines.join('\n'));
  },
});

function fieldOf(
  { question, header, type, options = [], multiSelect, placeholder }: Static<typeof item>,
  index: number,
): QuestionField {
  const base = { name: `q${index + 1}`, label: question, hint: placeholder ?? header };
  if (type === 'yesno') return { ...base, kind: 'boolean', isRequired: true };
  // A choice of nothing is a question for words.
  if (type === 'text' || options.length === 0) return { ...base, kind: 'longtext', isRequired: true };
  const listed = options.map(({ label, description }) => ({ value: label, label, hint: description }));
  return { ...base, kind: multiSelect ? 'choices' : 'choice', options: listed, isOpen: true, isRequired: true };
}

function spoken(value: unknown): string {
  if (value === true) return 'yes';
  if (value === false) return 'no';
  return Array.isArray(value) ? value.join(', ') : String(value ?? 'no answer');
}
