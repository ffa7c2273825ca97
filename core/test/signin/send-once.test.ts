import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import { Secret } from '../../src/secret.js';
import { sendOnce } from '../../src/signin/send-once.js';
import { Http } from '../../src/wire/http.js';
import type { WireProfile } from '../../src/wire/profile.js';

const profile: WireProfile = {
  id: 'acme/oauth/test/token',
  method: 'POST',
  path: '/token',
  headers: [],
  body: { encoding: 'form', keys: [] },
};

/** At a token server that answers with what it was sent. */
describe('an exchange of a sign-in', () => {
  const http = new Http();
  const send = sendOnce(http, new AbortController().signal);
  const token = randomBytes(24).toString('base64url');
  let server: Server;
  let status = 400;
  before(async () => {
    new Secret(token);
    server = createServer(async (request, response) => {
      const body = Buffer.concat(await request.toArray());
      response.writeHead(status, { location: `/elsewhere?token=${token}`, 'content-type': 'text/plain' }).end(body);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
  });
  after(async () => {
    await http.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const exchange = async (body: string) => {
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const response = await send({ profile, origin, slots: {}, body: Buffer.from(body) });
    const chunks: Buffer[] = [];
    for await (const chunk of response.body) chunks.push(chunk);
    return { text: Buffer.concat(chunks).toString(), headers: JSON.stringify(response.headers) };
  };

  it('K1 brings a complaint without the secrets it repeats, before anybody can shorten it in the middle of one', async () => {
    for (status of [302, 400, 500])
      for (const form of [token, encodeURIComponent(token), Buffer.from(token).toString('base64')]) {
        const { text, headers } = await exchange(`no good: ${form} é`);
        // Of base64 the last letters belong to what follows as well.
        expect(text).to.match(/^no good: <redacted>[\w=]{0,3} é$/);
        expect(headers).to.contain('/elsewhere?token=<redacted>');
      }
  });

  it('brings a good answer as it came: it may give the same token again', async () => {
    status = 200;
    const answer = JSON.stringify({ access_token: 'new', refresh_token: token });
    expect((await exchange(answer)).text).to.equal(answer);
  });
});
