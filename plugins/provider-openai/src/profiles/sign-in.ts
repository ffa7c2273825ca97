import type { WireProfile } from '@maestro/core';
import { bunHead } from './heads.js';

/** Requests to the sign-in server, after llxprt 0.11. */

const form = (operation: string, keys: readonly string[]): WireProfile => ({
  id: `openai/oauth/llxprt/${operation}`,
  method: 'POST',
  path: '/oauth/token',
  headers: bunHead([
    ['Accept', 'application/json'],
    ['Content-Type', 'application/x-www-form-urlencoded'],
  ]),
  body: { encoding: 'form', keys },
});

const device = (operation: string, keys: readonly string[]): WireProfile => ({
  id: `openai/oauth/llxprt/device-${operation}`,
  method: 'POST',
  path: `/api/accounts/deviceauth/${operation}`,
  headers: bunHead([['Content-Type', 'application/json']]),
  body: { encoding: 'json', keys },
});

export const codeExchange = form('exchange', ['grant_type', 'code', 'redirect_uri', 'client_id', 'code_verifier']);
export const refresh = form('refresh', ['grant_type', 'refresh_token', 'client_id']);
export const deviceBegin = device('usercode', ['client_id']);
export const devicePoll = device('token', ['device_auth_id', 'user_code']);
