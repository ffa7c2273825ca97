import { defineTool } from '@maestro/core';
import { Type } from 'typebox';
import { says } from './answer.js';

const line = (maxLength: number) => Type.String({ minLength: 1, maxLength });

export const updateTopic = defineTool({
  id: 'update_topic',
  title: 'Update topic',
  description: 'Notes what this session is about now and what you mean to do next, for the user to see.',
  parameters: Type.Object(
    {
      title: Type.Optional(line(200)),
      summary: Type.Optional(line(4_000)),
      strategic_intent: line(1_000),
      wait_for_previous: Type.Optional(Type.Boolean()),
    },
    { additionalProperties: false },
  ),
  effects: 'read',
  retry: 'safe',
  async run({ title, summary, strategic_intent }, { state }) {
    const before = await state.get<object>('planning.topic');
    const set = { ...(title !== undefined && { title }), ...(summary !== undefined && { summary }) };
    await state.set('planning.topic', { ...before, ...set, strategic_intent });
    return says(`${title === undefined ? '' : `${title}: `}${strategic_intent}`);
  },
});
