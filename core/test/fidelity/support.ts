import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WireOperation } from '../../src/extension/wire-operation.js';
import { type CheckResult, checkCaptures } from '../../src/fidelity/check-captures.js';
import type { Contributions } from '../../src/fidelity/load-contributions.js';
import { orderedBody } from '../../src/wire/ordered-body.js';
import type { WireProfile } from '../../src/wire/profile.js';

const replies: WireProfile = {
  id: 'acme/api_key/reference/replies',
  method: 'POST',
  path: '/v1/models/{model}:reply?alt=sse',
  headers: [
    ['Accept', 'application/json'],
    ['X-Version', 'v{version}'],
    ['User-Agent', '{identity}'],
    ['x-key', '{key}'],
    ['Connection', 'keep-alive'],
    ['Host', '{host}'],
    ['Content-Length', '{content_length}'],
  ],
  body: { encoding: 'json', keys: ['model', 'messages', 'tools'] },
};

const reference = { app: 'acme-cli', version: '1.0' };
const origin = 'https://api.acme.example';

/** A request of a made-up plugin, in the shape of a stack that writes `Host` in the middle. */
export const operation = (change: Partial<WireProfile> = {}): WireOperation => {
  const profile = { ...replies, ...change };
  return {
    profile,
    reference,
    origin,
    samples: ({ model, path, messages, tools, ...example }) => [
      {
        profile,
        origin: example.origin,
        slots: { model: path.model, version: '1.2.3', identity: 'ours/1.0', key: 'secret' },
        body: orderedBody(profile.body!, { model, messages: messages.length, tools: tools.length }),
      },
    ],
  };
};

/** What a run of the reference would have left. */
export const capture = {
  ...reference,
  source: 'captured',
  provider: 'acme',
  scheme_host: origin,
  method: 'POST',
  path: '/v1/models/acme-1:reply?alt=sse',
  httpVersion: 'HTTP/1.1',
  headers: [
    ['Accept', 'application/json'],
    ['X-Version', { pattern: '^v[0-9.]+$', example: 'v1.0' }],
    ['User-Agent', { slot: 'identity', note: 'compared by position only' }],
    ['x-key', '<redacted>'],
    ['Connection', 'keep-alive'],
    ['Host', 'api.acme.example'],
    ['Content-Length', { pattern: '^[0-9]+$' }],
  ] as [string, unknown][],
  body_encoding: 'json',
  top_level_key_order: ['model', 'messages', 'tools'],
  body: { model: 'acme-1' },
  body_framing: 'content-length',
};

/** Results for files of this content, compared with these operations. */
export async function check(
  files: Readonly<Record<string, unknown>>,
  contributions: Partial<Contributions> = {},
): Promise<CheckResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'maestro-captures-'));
  try {
    for (const [name, content] of Object.entries(files))
      writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
    return await checkCaptures(folder, { operations: [operation()], methods: [], missing: [], ...contributions });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
