import { type PreparedRequest, Secret, type WireExample, type WireOperation, type WireProfile } from '@maestro/core';
import { assistCall, keyCall, type Place } from './calls.js';
import { FREE_TIER, loadFields, onboardFields } from './code-assist.js';
import { codeAssistSets, keySets } from './profiles/by-name.js';
import { geminiCliSignIn } from './profiles/gemini-cli.js';
import type { CodeAssistSet, KeySet } from './profiles/profile-set.js';
import { assistCountFields, assistFields, countFields, type Fields, generateFields, type Prompt } from './request.js';
import { CODE_PAGE, exchangeCall, refreshCall, tokenInfoCall, userInfoCall } from './sign-in.js';

const KEY_ORIGIN = 'https://generativelanguage.googleapis.com';
const ASSIST_ORIGIN = 'https://cloudcode-pa.googleapis.com';
const TOKEN_ORIGIN = 'https://oauth2.googleapis.com';
const USER_ORIGIN = 'https://www.googleapis.com';

const UUID = '01234567-89ab-4cde-8f01-23456789abcd';
const PROJECT = 'example-project';

type Samples = (example: WireExample) => readonly PreparedRequest[];
type Owner = Pick<KeySet, 'reference'>;

const operation = ({ reference }: Owner, profile: WireProfile, origin: string, samples: Samples): WireOperation => ({
  profile,
  reference,
  origin,
  samples,
});

/** The fields of a prompt to a model that is named in the path, or of one of its own. */
function prompt(example: WireExample): Prompt {
  const { model, system, messages, tools, path } = example;
  return { model: path.model ?? model, system, messages, tools, effort: null };
}

/** Asked how long it is, a reference sends contents alone. */
const bare = (example: WireExample): Prompt => ({ ...prompt(example), system: '', tools: [] });
const withoutTools = (example: WireExample): Prompt => ({ ...prompt(example), tools: [] });

const place = ({ origin }: WireExample): Place => ({ origin, path: '' });
const none = new Map<string, string>();

function keyOperations(set: KeySet): WireOperation[] {
  const { dialect } = set;
  const call = (profile: WireProfile, fields: (example: WireExample) => Fields) =>
    operation(set, profile, KEY_ORIGIN, (example) => {
      const key = new Secret('example-key-of-nobody');
      const common = { place: place(example), model: prompt(example).model, key, fields: fields(example) };
      const encrypted = 'br, gzip, deflate';
      const plain = { keyAsBearer: false, installationId: '' };
      const told = { ...plain, installationId: UUID };
      return [
        keyCall(profile, { ...common, settings: plain, encoding: encrypted }),
        keyCall(profile, { ...common, settings: told, encoding: encrypted }),
        keyCall(profile, { ...common, settings: { ...told, keyAsBearer: true }, encoding: encrypted }),
        // As over plain HTTP, which is what stands here.
        keyCall(profile, { ...common, settings: told, encoding: 'gzip, deflate' }),
      ];
    });
  return [
    call(set.stream, (example) => generateFields(prompt(example), none, dialect)),
    call(set.generate, (example) => generateFields(withoutTools(example), none, dialect)),
    call(set.countTokens, (example) => countFields(bare(example), none, dialect)),
  ];
}

function assistOperations(set: CodeAssistSet): WireOperation[] {
  const token = () => new Secret('example-token-of-nobody');
  const call = (profile: WireProfile, fields: (example: WireExample) => Fields = () => ({})) =>
    operation(set, profile, ASSIST_ORIGIN, (example) => [
      assistCall(profile, {
        place: place(example),
        token: token(),
        model: prompt(example).model,
        fields: fields(example),
        operation: example.path.operation ?? 'example',
      }),
    ]);
  const ids = { conversationId: UUID, turnId: UUID };
  return [
    call(set.stream, (example) => assistFields({ ...prompt(example), ...ids }, none, set, PROJECT)),
    call(set.generate, (example) => assistFields({ ...withoutTools(example), ...ids }, none, set, PROJECT)),
    call(set.countTokens, (example) => assistCountFields(bare(example), none, set.dialect)),
    call(set.loadCodeAssist, () => loadFields(undefined)),
    call(set.onboardUser, () => onboardFields(FREE_TIER, undefined)),
    call(set.getOperation),
    call(set.retrieveUserQuota, () => ({ project: PROJECT })),
    // No call of ours asks for experiments; the reference does as it starts.
    call(set.listExperiments, () => ({
      project: PROJECT,
      metadata: {
        ideName: 'IDE_UNSPECIFIED',
        pluginType: 'GEMINI',
        ideVersion: set.reference.version,
        platform: 'LINUX_AMD64',
        updateChannel: 'stable',
        duetProject: PROJECT,
      },
    })),
  ];
}

/** Where the recorder listens, under the path of the real address. */
function addresses({ origin }: WireExample) {
  const tokenUrl = `${origin}/token`;
  return {
    tokenUrl,
    tokenInfoUrl: `${origin}/tokeninfo`,
    userInfoUrl: `${origin}/oauth2/v2/userinfo`,
    clientId: 'example-client',
    clientSecret: 'example-secret',
  };
}

const signInOperations: readonly WireOperation[] = [
  operation(geminiCliSignIn, geminiCliSignIn.exchange, TOKEN_ORIGIN, (example) => [
    exchangeCall(addresses(example), {
      code: 'code',
      verifier: null,
      redirectUri: 'http://127.0.0.1:1/oauth2callback',
    }),
    exchangeCall(addresses(example), { code: 'code', verifier: 'verifier', redirectUri: CODE_PAGE }),
  ]),
  operation(geminiCliSignIn, geminiCliSignIn.refresh, TOKEN_ORIGIN, (example) => [
    refreshCall(addresses(example), new Secret('example-refresh-token')),
  ]),
  operation(geminiCliSignIn, geminiCliSignIn.tokenInfo, TOKEN_ORIGIN, (example) => [
    tokenInfoCall(addresses(example), new Secret('example-token-of-nobody')),
  ]),
  operation(geminiCliSignIn, geminiCliSignIn.userInfo, USER_ORIGIN, (example) => {
    const sent = userInfoCall(addresses(example), new Secret('example-token-of-nobody'));
    return [{ ...sent, slots: { ...sent.slots, accept_encoding: 'br, gzip, deflate' } }];
  }),
];

/** Every request that is made after a reference application. */
export const operations: readonly WireOperation[] = [
  ...Object.values(keySets).flatMap(keyOperations),
  ...Object.values(codeAssistSets).flatMap(assistOperations),
  ...signInOperations,
];
