import { type PreparedRequest, Secret, type WireExample, type WireOperation, type WireProfile } from '@maestro/core';
import { apiCall } from './calls.js';
import { keySets, oauthSets } from './profiles/by-name.js';
import { llxprtSignIn } from './profiles/llxprt.js';
import type { MessagesSet } from './profiles/profile-set.js';
import { messageFields } from './request.js';
import { exchangeCall, refreshCall } from './sign-in.js';

const API = 'https://api.anthropic.com';
const CONSOLE = 'https://console.anthropic.com';
const IDENTITY = 'llxprt/1.0';
const PREFIX = 'llxprt_';

type Reference = WireOperation['reference'];
type Samples = (example: WireExample) => readonly PreparedRequest[];

const operation = (profile: WireProfile, reference: Reference, origin: string, samples: Samples): WireOperation => ({
  profile,
  reference,
  origin,
  samples,
});

function messages(set: MessagesSet, auth: 'key' | 'token'): WireOperation[] {
  if (!set.reference) return [];
  const secret = new Secret('example-of-nobody');
  return [
    operation(set.messages, set.reference, API, (example) => {
      const prompt = { ...example, effort: null };
      const { dialect } = set;
      const fields = messageFields(prompt, { dialect, media: new Map(), identity: IDENTITY, toolPrefix: PREFIX });
      const place = { origin: example.origin, path: '' };
      return [
        apiCall(set.messages, { place, [auth]: secret, identity: IDENTITY, fields, encoding: 'br, gzip, deflate' }),
      ];
    }),
  ];
}

const client = ({ origin }: WireExample) => ({ clientId: 'example-client', tokenUrl: `${origin}/v1/oauth/token` });

const signIn: readonly WireOperation[] = [
  operation(llxprtSignIn.exchange, llxprtSignIn.reference, CONSOLE, (example) => {
    const redirectUri = 'http://localhost:8765/callback';
    return [exchangeCall(client(example), { code: 'code', state: 'state', verifier: 'verifier', redirectUri })];
  }),
  operation(llxprtSignIn.refresh, llxprtSignIn.reference, CONSOLE, (example) => [
    refreshCall(client(example), new Secret('example-refresh-token')),
  ]),
];

/** Every request that is made after a reference, and those of the requirements document. */
export const operations: readonly WireOperation[] = [
  ...Object.values(keySets).flatMap((set) => messages(set, 'key')),
  ...Object.values(oauthSets).flatMap((set) => messages(set, 'token')),
  ...signIn,
];
