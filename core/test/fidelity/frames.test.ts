import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { WireOperation } from '../../src/extension/wire-operation.js';
import type { WireProfile } from '../../src/wire/profile.js';
import { check } from './support.js';

const reference = { app: 'acme-cli', version: '1.0' };
const origin = 'https://api.acme.example';

const upgradeProfile: WireProfile = {
  id: 'acme/oauth/reference/upgrade',
  method: 'GET',
  path: '/v1/replies',
  headers: [
    ['Host', '{host}'],
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Version', '13'],
    ['Sec-WebSocket-Key', '{websocket_key}'],
  ],
};

const upgrade: WireOperation = {
  profile: upgradeProfile,
  reference,
  origin,
  samples: (example) => [
    {
      profile: upgradeProfile,
      origin: example.origin,
      slots: { websocket_key: randomBytes(16).toString('base64') },
      body: Buffer.alloc(0),
    },
  ],
};

const frame = (text: string): WireOperation => {
  const profile: WireProfile = { ...upgradeProfile, id: 'acme/oauth/reference/frame', headers: [] };
  return {
    profile,
    reference,
    origin,
    frameOf: upgradeProfile.id,
    samples: (example) => [{ profile, origin: example.origin, slots: {}, body: Buffer.from(text) }],
  };
};

const upgradeCapture = {
  ...reference,
  scheme_host: origin,
  method: 'GET',
  path: '/v1/replies',
  headers: [
    ['Host', 'api.acme.example'],
    ['Connection', 'Upgrade'],
    ['Upgrade', 'websocket'],
    ['Sec-WebSocket-Version', '13'],
    ['Sec-WebSocket-Key', { pattern: '^[A-Za-z0-9+/]{22}==$' }],
  ],
  body: null,
  body_framing: 'none',
};

const frameCapture = {
  ...reference,
  transport: 'websocket text frame, client to server',
  path: '/v1/replies',
  top_level_key_order: ['model', 'input', 'type'],
  body: { model: 'acme-1' },
};

describe('1.11 a WebSocket of a reference', () => {
  const text = `{"model":"m","input":"${'ü'.repeat(70_000)}","type":"create"}`;

  it('is asked for with the captured head, and its frame has the captured keys in order', async () => {
    const results = await check(
      { 'frame.json': frameCapture, 'upgrade.json': upgradeCapture },
      { operations: [upgrade, frame(text)] },
    );
    expect(results.map(({ profile, verdict }) => [profile, verdict])).to.deep.equal([
      ['acme/oauth/reference/frame', 'equal'],
      ['acme/oauth/reference/upgrade', 'equal'],
    ]);
  });

  it('differs where the frame has other keys, and where it is no JSON', async () => {
    const diffs = [];
    for (const wrong of ['{"type":"x","model":"m","input":[]}', 'hello']) {
      const [result] = await check({ 'a.json': frameCapture }, { operations: [upgrade, frame(wrong)] });
      diffs.push(result!.differences[0]!.diff);
    }
    expect(diffs).to.deep.equal([
      ['+ type', '  model', '  input', '- type'],
      ['- model', '- input', '- type', '+ (no JSON)'],
    ]);
  });

  it('tells when there is no connection to send a frame on', async () => {
    const [result] = await check({ 'a.json': frameCapture }, { operations: [frame(text)] });
    expect(result!.differences[0]!.diff[0]).to.contain('there is no operation "acme/oauth/reference/upgrade"');
  });
});
