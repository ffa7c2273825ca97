import type { WireProfile } from '@maestro/core';

/** The six headers of the requirements document (1.2), to the letter: names, casing, order, values. */
export const prd: WireProfile = {
  id: 'anthropic/api_key/prd',
  method: 'POST',
  path: '/v1/messages',
  headers: [
    ['x-api-key', '{api_key}'],
    ['anthropic-version', '2023-06-01'],
    ['anthropic-beta', 'messages-2023-12-15'],
    ['User-Agent', 'llxprt/1.0'],
    ['Accept', 'application/json'],
    ['X-Client-Version', '1.0.0'],
  ],
};
