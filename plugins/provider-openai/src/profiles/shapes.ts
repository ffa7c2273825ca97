import type { BodyShape } from '@maestro/core';

/** Top-level keys of the bodies, in the order in which the reference application writes them. */

export const chatBody: BodyShape = {
  encoding: 'json',
  keys: [
    'model',
    'messages',
    'stream',
    'tools',
    'tool_choice',
    'stream_options',
    // Not seen in a capture:
    'reasoning_effort',
    'prompt_cache_key',
  ],
};

/** As the second client library of the reference application orders them. */
export const vercelChatBody: BodyShape = {
  encoding: 'json',
  keys: ['model', 'reasoning_effort', 'messages', 'tools', 'tool_choice', 'stream', 'stream_options'],
};

export const responsesBody: BodyShape = {
  encoding: 'json',
  keys: [
    'model',
    'input',
    'stream',
    'max_output_tokens',
    'instructions',
    'tools',
    'tool_choice',
    'parallel_tool_calls',
    'reasoning',
    'include',
    'store',
    'prompt_cache_key',
    'prompt_cache_retention',
  ],
};

export const frameBody: BodyShape = {
  encoding: 'json',
  keys: [...responsesBody.keys, 'previous_response_id', 'type'],
};

/** What a count takes of a request. */
export const countBody: BodyShape = {
  encoding: 'json',
  keys: ['model', 'input', 'instructions', 'tools', 'tool_choice', 'parallel_tool_calls'],
};
