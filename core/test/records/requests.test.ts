import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { EventLog } from '../../src/store/event-log.js';
import { Requests, rebuild } from '../../src/store/requests.js';
import type { Fence, NewProviderCall } from '../../src/store/step.js';
import { call, codeOf, liveTurn, message, step, useRecords } from './support.js';

describe('stored requests', () => {
  const records = useRecords();

  const send = async (fence: Fence, turnId: string, body: Buffer | string, log = records.log) => {
    const sent = call(turnId, body);
    await log.commit(fence, step([{ write: 'call.add', call: sent }]));
    return sent;
  };

  const chain = async (conversationId: string) => {
    const { rows } = await records.db.query<{ base_id: string | null; stored: number; bytes: number }>(
      'select base_id, length(body) as stored, req_bytes as bytes from provider_calls where conversation_id = $1 order by ord',
      [conversationId],
    );
    return rows;
  };

  it('C8: any sequence of bodies is rebuilt byte for byte, also by a process that did not write it', async () => {
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
      fc
        .array(fc.constantFrom('{"role":"user"}', '{"cache":true}', 'tools', ''), { maxLength: 8 })
        .map((s) => Buffer.from(s.join(','))),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(body, { minLength: 1, maxLength: 8 }), fc.boolean(), async (bodies, isShared) => {
        const other = new EventLog(records.db);
        const { fence } = await records.begin();
        const turnId = await liveTurn(records, fence);
        const sent: NewProviderCall[] = [];
        for (const [i, bytes] of bodies.entries()) {
          // Another log has a cache of its own, behind or empty.
          sent.push(await send(fence, turnId, bytes, isShared && i % 2 === 1 ? other : records.log));
        }
        for (const { id, body: bytes } of sent) expect((await records.calls.request(id)).equals(bytes)).to.equal(true);
      }),
      { numRuns: 25 },
    );
  });

  it('an unseen conversation goes on from the database', async () => {
    const { conversationId, fence } = await records.begin();
    const turnId = await liveTurn(records, fence);
    const history = randomBytes(20_000).toString('hex');
    const first = await send(fence, turnId, history);
    const { row } = await new Requests(records.db).encode(conversationId, call(turnId, `${history} more`));
    expect(row).to.include({ base_id: first.id, keep_prefix: history.length, keep_suffix: 0 });
  });

  it('C7: a picture of 5 MB is stored once, however many calls show it', async () => {
    const { conversationId, fence } = await records.begin();
    const turnId = await liveTurn(records, fence);
    let history = `"${randomBytes(3_750_000).toString('base64')}"`;
    for (let i = 0; i < 6; i += 1) {
      history += `,{"text":"${randomBytes(500).toString('base64')}"}`;
      await send(fence, turnId, `{"messages":[${history},{"mark":"here"}],"end":true}`);
    }
    const [first, ...later] = await chain(conversationId);
    expect(first!.stored).to.be.above(3_500_000);
    for (const { stored } of later) expect(stored).to.be.below(2_000);
  });

  it('C7: what is stored grows with the history, not with its square', async () => {
    const storedAfter = async (calls: number) => {
      const { conversationId, fence } = await records.begin();
      const turnId = await liveTurn(records, fence);
      let history = randomBytes(8_000).toString('base64');
      for (let i = 0; i < calls; i += 1) {
        history += randomBytes(500).toString('base64');
        await send(fence, turnId, `{"messages":"${history}","end":true}`);
      }
      return (await chain(conversationId)).reduce((sum, row) => sum + row.stored, 0);
    };
    const [some, more] = [await storedAfter(30), await storedAfter(120)];
    expect(more / some).to.be.below(6);
  });

  it('begins anew where a full copy is cheaper, and when the chain grows long', async () => {
    const { conversationId, fence } = await records.begin();
    const turnId = await liveTurn(records, fence);
    await send(fence, turnId, randomBytes(9_000));
    await send(fence, turnId, randomBytes(4_000));
    await send(fence, turnId, 'short');
    expect((await chain(conversationId)).map((row) => row.base_id === null)).to.deep.equal([true, true, true]);
    const long = await records.begin();
    const longTurn = await liveTurn(records, long.fence);
    const fixed = randomBytes(50_000);
    for (let i = 0; i <= 101; i += 1) await send(long.fence, longTurn, Buffer.concat([fixed, Buffer.from([i])]));
    const keyframes = (await chain(long.conversationId)).flatMap((row, i) => (row.base_id === null ? [i] : []));
    expect(keyframes).to.deep.equal([0, 101]);
  });

  it('keeps only so much in memory', async () => {
    const turnId = randomUUID();
    const requests = new Requests(records.db);
    const large = call(turnId, Buffer.alloc(40 << 20));
    const [first, second] = [await records.begin(), await records.begin()];
    // Kept without being stored: what memory forgets is looked for in the database, where it is not.
    (await requests.encode(first.conversationId, large)).keep();
    expect((await requests.encode(first.conversationId, large)).row.base_id).to.equal(large.id);
    (await requests.encode(second.conversationId, large)).keep();
    expect((await requests.encode(first.conversationId, large)).row.base_id).to.equal(null);
    expect((await requests.encode(second.conversationId, large)).row.base_id).to.equal(large.id);
  });

  it('a damaged request is refused rather than given wrong', async () => {
    const { fence } = await records.begin();
    const turnId = await liveTurn(records, fence);
    const fixed = randomBytes(2_000);
    const first = await send(fence, turnId, fixed);
    const second = await send(fence, turnId, Buffer.concat([fixed, Buffer.from('!')]));
    const damage = (set: string) => records.db.query(`update provider_calls set ${set} where id = $1`, [first.id]);
    await damage(`body = set_byte(body, 1000, (get_byte(body, 1000) + 1) % 256)`);
    expect(await codeOf(records.calls.request(second.id))).to.equal('call.corrupt');
    await damage(`body = '\\xffffff'`);
    expect(await codeOf(records.calls.request(second.id))).to.equal('call.corrupt');
    await damage(`body = '\\x0300'`);
    expect(await codeOf(records.calls.request(second.id))).to.equal('call.corrupt');
  });

  it('a message refers to the exact request and answer of its call', async () => {
    const { fence } = await records.begin();
    const turnId = await liveTurn(records, fence);
    const sent = await send(fence, turnId, '{"b":1,"a":2}');
    const reply = message({ role: 'assistant', turn_id: turnId, call_id: sent.id });
    await records.log.commit(
      fence,
      step([
        { write: 'call.end', call_id: sent.id, end: { state: 'done', status: 200, resp: Buffer.from('data: x\n\n') } },
        { write: 'message.add', message: reply },
      ]),
    );
    const stored = await records.messages.get(reply.id);
    expect(stored?.raw_request).to.deep.equal({
      v: 1,
      call: sent.id,
      sha256: createHash('sha256').update(sent.body).digest('hex'),
      bytes: sent.body.length,
      method: 'POST',
      url: sent.url,
      headers: sent.req_headers,
    });
    expect(stored?.raw_response).to.deep.equal({ v: 1, call: sent.id, bytes: 9, status: 200, headers: null });
    expect((await records.calls.response(sent.id)).toString()).to.equal('data: x\n\n');
  });

  it('a request that is not there is undefined', async () => {
    expect(await rebuild(records.db, '00000000-0000-4000-8000-000000000000')).to.equal(undefined);
  });
});
