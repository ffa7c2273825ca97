import type { chatBody } from '@maestro/provider-openai/chat-request';

/** Chat Completions with the least that all servers take. */
export const chatForm: Parameters<typeof chatBody>[2] = {
  profile: {
    id: 'local/none/plain/chat',
    method: 'POST',
    path: '/v1/chat/completions',
    headers: [['accept', 'text/event-stream']],
    body: {
      encoding: 'json',
      keys: ['model', 'messages', 'tools', 'tool_choice', 'stream', 'stream_options', 'reasoning_effort'],
    },
  },
  results: 'plain',
  cacheKey: false,
};
