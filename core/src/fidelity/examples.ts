import { Type } from 'typebox';
import type { ModelMessage, ToolDescription } from '../extension/provider.js';
import type { WireExample } from '../extension/wire-operation.js';

const hello: ModelMessage = {
  role: 'user',
  parts: [{ v: 1, type: 'text', text: 'hello' }],
  provider: null,
  model: null,
};

const call: ModelMessage = {
  role: 'assistant',
  parts: [
    { v: 1, type: 'text', text: 'I look it up.' },
    { v: 1, type: 'tool_call', id: 'call_example_1', name: 'look_up', args: { topic: 'alpha' } },
  ],
  provider: null,
  model: null,
};

const result: ModelMessage = {
  role: 'tool',
  parts: [
    {
      v: 1,
      type: 'tool_result',
      call_id: 'call_example_1',
      name: 'look_up',
      is_error: false,
      outcome: 'succeeded',
      content: [{ v: 1, type: 'text', text: 'the first letter' }],
      duration_ms: 3,
    },
  ],
  provider: null,
  model: null,
};

const tools: readonly ToolDescription[] = [
  {
    name: 'look_up',
    description: 'Looks up a topic.',
    parameters: Type.Object({ topic: Type.String(), limit: Type.Optional(Type.Integer({ minimum: 1 })) }),
  },
  {
    name: 'find_notes',
    description: 'Finds notes by a pattern.',
    parameters: Type.Object({ pattern: Type.String(), folder: Type.Optional(Type.String()) }),
  },
];

/** A first question, and the same conversation after a tool was called. */
export function examples(where: Pick<WireExample, 'origin' | 'path' | 'model'>): WireExample[] {
  const shared = { ...where, system: 'You are a helpful agent.', tools };
  return [
    { ...shared, messages: [hello] },
    { ...shared, messages: [hello, call, result] },
  ];
}
