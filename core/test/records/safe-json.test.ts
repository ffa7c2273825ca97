import { expect } from 'chai';
import fc from 'fast-check';
import { type Part, text } from '../../src/protocol/messages.js';
import { storable, storableJson, storableText } from '../../src/store/safe-json.js';
import { adding, liveTurn, message, step, toolCall, useRecords } from './support.js';

const NUL = '\0';
const refused = new RegExp(`[${NUL}]|\\p{Surrogate}`, 'u');
/** Strings of what goes wrong most: NUL, surrogates alone and in pairs, backslashes, the letters of escapes. */
const nasty = fc
  .array(fc.constantFrom('\0', '\ud800', '\udfff', '😀', '\\', 'u0000', 'ud800', '"', 'é', '\u0001', '\n'), {
    maxLength: 12,
  })
  .map((pieces) => pieces.join(''));

describe('C9: text and JSON of strangers', () => {
  const records = useRecords();

  it('loses nothing but what PostgreSQL refuses, and that becomes U+FFFD', () => {
    fc.assert(
      fc.property(fc.oneof(nasty, fc.string({ unit: 'binary' })), (value) => {
        const expected = value.toWellFormed().replaceAll('\0', '\ufffd');
        expect(storableText(value)).to.equal(expected);
        expect(storable({ value })).to.deep.equal({ value: expected });
        expect(storable({ [`k${value}`]: 1 })).to.deep.equal({ [`k${expected}`]: 1 });
        expect(refused.test(storableText(value))).to.equal(false);
      }),
    );
  });

  it('leaves ordinary JSON alone', () => {
    const plain = fc.jsonValue({
      stringUnit: fc.constantFrom('a', 'é', '😀', '\\', '"', '\n', '\u0001', 'u0000', '\ud83d\ude00'),
    });
    fc.assert(
      fc.property(plain, (value) => {
        expect(storableJson(value)).to.equal(JSON.stringify(value));
      }),
    );
  });

  it('stores null for what JSON has no word for', () => {
    expect(storableJson(undefined)).to.equal('null');
  });

  it('cuts what is nested too deep, and keeps the rest', () => {
    const deep = JSON.parse(`${'[{"a":'.repeat(50_000)}1${'}]'.repeat(50_000)}`);
    const kept = storable({ beside: 'kept', deep });
    expect(kept.beside).to.equal('kept');
    expect(JSON.stringify(kept)).to.include('\ufffd').and.have.length.within(500, 2_000);
  });

  it('keeps a key that is named like a prototype', () => {
    const deep = JSON.parse(`${'['.repeat(300)}1${']'.repeat(300)}`);
    const value = JSON.parse('{"__proto__":{"polluted":true}}');
    const kept = storable({ value, deep });
    expect(Object.keys(kept.value)).to.deep.equal(['__proto__']);
    expect(JSON.stringify(kept)).to.include('"__proto__":{"polluted":true}');
    expect(({} as { polluted?: boolean }).polluted).to.equal(undefined);
  });

  it('goes through the database and comes back as it was told', async () => {
    const { conversationId, fence } = await records.begin();
    const values = fc.sample(nasty, 60).concat('9007199254740993', '{"a":1,"a":2}');
    const parts: Part[] = values.map((value) => text(value));
    parts.push({ v: 1, type: 'tool_call', id: 'a\0', name: 'b\ud800', args: { $invalid: '\0\ud800', n: 2 ** 53 } });
    const added = message({ parts, client_key: 'key\0' });
    const told = await records.log.commit(fence, adding(added));
    expect(await records.log.read(conversationId, 0, 10)).to.deep.include.members(told);
    const sent = await records.messages.byClientKey(conversationId, 'key\0');
    expect(sent).to.deep.equal({ message_id: added.id, turn_id: null, queued: false });
  });

  it('keeps the arguments of a tool call to the byte', async () => {
    const { fence } = await records.begin();
    const turnId = await liveTurn(records, fence);
    const assistant = message({ role: 'assistant', turn_id: turnId });
    const args = ['{"a":1, "a":2, "__proto__":[9007199254740993]}', `${'['.repeat(100_000)}`, '\0 raw \u0001', ''];
    const calls = args.map((value, ord) =>
      toolCall(turnId, assistant.id, { ord, args: value, provider_tool_id: `t\0${ord}` }),
    );
    await records.log.commit(
      fence,
      step([
        { write: 'message.add', message: assistant },
        { write: 'tool.add', calls },
      ]),
    );
    const stored = await records.turns.toolCalls(turnId);
    expect(stored.map((stored) => stored.args)).to.deep.equal(args);
    expect(stored[0]?.provider_tool_id).to.equal('t\ufffd0');
  });
});
