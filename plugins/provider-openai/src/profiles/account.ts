import type { WireProfile } from '@maestro/core';
import { bunHead } from './heads.js';
import type { ResponsesForm } from './replies.js';
import { frameBody, responsesBody } from './shapes.js';

/** Requests of a ChatGPT account after llxprt 0.11. `originator` is the user's own, never another product's name. */

const path = '/backend-api/codex/responses';

export const account: ResponsesForm = {
  profile: {
    id: 'openai/oauth/llxprt/responses',
    method: 'POST',
    path,
    headers: bunHead([
      ['Authorization', 'Bearer {access_token}'],
      ['ChatGPT-Account-ID', '{account_id}'],
      ['Content-Type', 'application/json'],
      ['originator', '{originator}'],
      ['session_id', '{session_id}'],
    ]),
    body: responsesBody,
  },
  results: 'json',
  strict: null,
  store: false,
  reasoning: 'asked',
  summary: true,
  limit: false,
  insists: true,
};

/** The reference tries a WebSocket first. Maestro does not; this and the frames are there to be compared. */
export const upgrade: WireProfile = {
  id: 'openai/oauth/llxprt/upgrade',
  method: 'GET',
  path,
  headers: [
    ['Host', '{host}'],
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Version', '13'],
    ['Sec-WebSocket-Extensions', 'permessage-deflate; client_max_window_bits'],
    ['Sec-WebSocket-Key', '{websocket_key}'],
    ['Authorization', 'Bearer {access_token}'],
    ['ChatGPT-Account-ID', '{account_id}'],
    ['OpenAI-Beta', 'responses_websockets=2026-02-06'],
    ['originator', '{originator}'],
    ['session_id', '{session_id}'],
  ],
};

export const frame: WireProfile = {
  id: 'openai/oauth/llxprt/frame',
  method: 'POST',
  path,
  headers: [],
  body: frameBody,
};

/** What a plan has left. Not made after anything. */
export const usage: WireProfile = {
  id: 'openai/oauth/usage',
  method: 'GET',
  path: '/backend-api/wham/usage',
  headers: [
    ['Authorization', 'Bearer {access_token}'],
    ['ChatGPT-Account-ID', '{account_id}'],
    ['originator', '{originator}'],
    ['Accept', 'application/json'],
  ],
};
