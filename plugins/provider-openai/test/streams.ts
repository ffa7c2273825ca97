/** Streams as the vendor's reference of the two APIs documents them; ids and counts are made up. */

const sse = (events: readonly object[], named: boolean): Buffer =>
  Buffer.from(
    events
      .map((event) => {
        const name = named ? `event: ${(event as { type: string }).type}\n` : '';
        return `${name}data: ${JSON.stringify(event)}\n\n`;
      })
      .join(''),
  );

const chunk = (choices: object[], rest: object = {}) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_790_000_000,
  model: 'gpt-4o-2024-11-20',
  service_tier: 'default',
  system_fingerprint: 'fp_1',
  choices,
  usage: null,
  ...rest,
});

const delta = (piece: object, finish_reason: string | null = null) =>
  chunk([{ index: 0, delta: piece, logprobs: null, finish_reason }]);

const counted = chunk([], {
  usage: {
    prompt_tokens: 40,
    completion_tokens: 12,
    total_tokens: 52,
    prompt_tokens_details: { cached_tokens: 16, audio_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 4, audio_tokens: 0 },
  },
});

/** Chunks of Chat Completions, `[DONE]` included. */
export const chatStream = (...chunks: object[]): Buffer =>
  Buffer.concat([sse(chunks, false), Buffer.from('data: [DONE]\n\n')]);

const args = (index: number, text: string) => ({ tool_calls: [{ index, function: { arguments: text } }] });
const call = (index: number, id: string, name: string) => ({
  tool_calls: [{ index, id, type: 'function', function: { name, arguments: '' } }],
});

export const chat = { chunk, delta, args, call, counted };

export const chatStreams: Record<string, Buffer> = {
  text: chatStream(
    delta({ role: 'assistant', content: '', refusal: null }),
    delta({ content: 'Hello, ' }),
    delta({ content: 'wörld 😀 – data: x\n\n' }),
    delta({}, 'stop'),
    counted,
  ),
  tools: chatStream(
    delta({ role: 'assistant', content: null }),
    delta({ content: 'Two.' }),
    delta(call(0, 'call_a', 'look')),
    delta(args(0, '{"at": "x", ')),
    delta(args(0, '"deep": {"n": [1, 2]}}')),
    delta(call(1, 'call_b', 'list')),
    delta(args(1, '{}')),
    delta({}, 'tool_calls'),
    counted,
  ),
  thinking: chatStream(
    delta({ role: 'assistant', content: null, reasoning_content: 'Hm' }),
    delta({ reasoning_content: ', so.' }),
    delta({ content: 'Yes.' }),
    delta({}, 'length'),
    counted,
  ),
  refusal: chatStream(
    delta({ role: 'assistant', content: null }),
    delta({ refusal: 'I cannot' }),
    delta({ refusal: ' help with that.' }),
    delta({}, 'stop'),
  ),
};

/** Events of the Responses API, numbered as the server does it. */
export const responsesStream = (...events: object[]): Buffer =>
  sse(
    events.map((event, sequence_number) => ({ ...event, sequence_number })),
    true,
  );

const response = (status: string, rest: object = {}) => ({
  response: { id: 'resp_1', object: 'response', status, model: 'gpt-5.5', output: [], usage: null, ...rest },
});

const usage = {
  usage: {
    input_tokens: 75,
    input_tokens_details: { cached_tokens: 32, cache_write_tokens: 8 },
    output_tokens: 125,
    output_tokens_details: { reasoning_tokens: 64 },
    total_tokens: 200,
  },
};

const begin = [
  { type: 'response.created', ...response('in_progress') },
  { type: 'response.in_progress', ...response('in_progress') },
];

const completed = { type: 'response.completed', ...response('completed', usage) };

const message = (output_index: number, ...texts: string[]) => {
  const at = { item_id: `msg_${output_index}`, output_index, content_index: 0 };
  const text = texts.join('');
  const item = { id: at.item_id, type: 'message', role: 'assistant' };
  const part = { type: 'output_text', annotations: [], logprobs: [] };
  return [
    { type: 'response.output_item.added', output_index, item: { ...item, status: 'in_progress', content: [] } },
    { type: 'response.content_part.added', ...at, part: { ...part, text: '' } },
    ...texts.map((piece) => ({ type: 'response.output_text.delta', ...at, delta: piece, logprobs: [] })),
    { type: 'response.output_text.done', ...at, text, logprobs: [] },
    { type: 'response.content_part.done', ...at, part: { ...part, text } },
    {
      type: 'response.output_item.done',
      output_index,
      item: { ...item, status: 'completed', content: [{ ...part, text }] },
    },
  ];
};

const functionCall = (output_index: number, call_id: string, name: string, ...pieces: string[]) => {
  const at = { item_id: `fc_${output_index}`, output_index };
  const item = { id: at.item_id, type: 'function_call', call_id, name };
  const text = pieces.join('');
  return [
    {
      type: 'response.output_item.added',
      output_index,
      item: { ...item, status: 'in_progress', arguments: '' },
    },
    ...pieces.map((piece) => ({ type: 'response.function_call_arguments.delta', ...at, delta: piece })),
    { type: 'response.function_call_arguments.done', ...at, arguments: text },
    {
      type: 'response.output_item.done',
      output_index,
      item: { ...item, status: 'completed', arguments: text },
    },
  ];
};

const reasoning = (output_index: number, ...summaries: string[]) => {
  const item = { id: `rs_${output_index}`, type: 'reasoning' };
  const at = (summary_index: number) => ({ item_id: item.id, output_index, summary_index });
  return [
    {
      type: 'response.output_item.added',
      output_index,
      item: { ...item, summary: [], encrypted_content: 'gAAAA-begin' },
    },
    ...summaries.flatMap((text, index) => [
      { type: 'response.reasoning_summary_part.added', ...at(index), part: { type: 'summary_text', text: '' } },
      { type: 'response.reasoning_summary_text.delta', ...at(index), delta: text.slice(0, 3) },
      { type: 'response.reasoning_summary_text.delta', ...at(index), delta: text.slice(3) },
      { type: 'response.reasoning_summary_text.done', ...at(index), text },
      { type: 'response.reasoning_summary_part.done', ...at(index), part: { type: 'summary_text', text } },
    ]),
    {
      type: 'response.output_item.done',
      output_index,
      item: {
        ...item,
        summary: summaries.map((text) => ({ type: 'summary_text', text })),
        encrypted_content: `gAAAA-${output_index}-ä`,
      },
    },
  ];
};

export const responses = { response, begin, completed, usage, message, functionCall, reasoning };

export const responsesStreams: Record<string, Buffer> = {
  text: responsesStream(...begin, ...message(0, 'Hello, ', 'wörld 😀 ', '– data: x\n\n'), completed),
  tools: responsesStream(
    ...begin,
    ...reasoning(0),
    ...message(1, 'Two.'),
    ...functionCall(2, 'call_a', 'look', '{"at":', '"x","deep":{"n":[1,2]}}'),
    ...functionCall(3, 'call_b', 'list', '{}'),
    completed,
  ),
  thinking: responsesStream(
    ...begin,
    ...reasoning(0, '**First** I look.', 'Then I answer.'),
    ...message(1, 'So.'),
    completed,
  ),
  limit: responsesStream(...begin, ...message(0, 'As far as'), {
    type: 'response.incomplete',
    ...response('incomplete', { incomplete_details: { reason: 'max_output_tokens' }, ...usage }),
  }),
  refusal: responsesStream(
    ...begin,
    { type: 'response.output_item.added', output_index: 0, item: { id: 'msg_0', type: 'message', content: [] } },
    { type: 'response.refusal.delta', item_id: 'msg_0', output_index: 0, content_index: 0, delta: 'I cannot.' },
    { type: 'response.refusal.done', item_id: 'msg_0', output_index: 0, content_index: 0, refusal: 'I cannot.' },
    {
      type: 'response.output_item.done',
      output_index: 0,
      item: { id: 'msg_0', type: 'message', content: [{ type: 'refusal', refusal: 'I cannot.' }] },
    },
    completed,
  ),
};
