import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { codeOf } from '../records/support.js';
import { answerOn, api, Client, type RawAnswer, type Running, raw, startServer, useServer } from './support.js';

/** Bytes no client library would send are the point here, so each request is written out. */
function request(line: string, headers: readonly string[], body = ''): string {
  return [line, ...headers, '', body].join('\r\n');
}

const pages = mkdtempSync(join(tmpdir(), 'maestro-pages-'));
mkdirSync(join(pages, 'assets'));
writeFileSync(join(pages, 'index.html'), '<!doctype html><html><head><title>M</title></head><body></body></html>');
writeFileSync(join(pages, 'assets', 'app-1a2b.js'), 'export {};\n'.repeat(500));
writeFileSync(join(pages, 'assets', 'app-1a2b.js.map'), '{}');
writeFileSync(join(pages, '.secret'), 'hidden');
symlinkSync('/etc/hostname', join(pages, 'assets', 'out.txt'));

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; font-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; " +
  'trusted-types lit-html maestro-md dompurify';

describe('the gate', () => {
  const server = useServer({ pages });
  const host = () => `Host: 127.0.0.1:${server.port}`;
  const bearer = () => `Authorization: Bearer ${server.token}`;
  const origin = () => `Origin: http://127.0.0.1:${server.port}`;
  const send = (line: string, headers: readonly string[], body = '') => raw(server.port, request(line, headers, body));
  const get = (path: string, ...headers: string[]) => send(`GET ${path} HTTP/1.1`, [host(), ...headers]);
  const upgrade = (path: string, ...headers: string[]) =>
    send(`GET ${path} HTTP/1.1`, [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
      ...headers,
    ]);

  after(() => rmSync(pages, { recursive: true, force: true }));

  describe('W1 row 1: what could be read in two ways', () => {
    const rows: [name: string, line: string, headers: () => string[]][] = [
      ['HTTP/1.0', 'GET / HTTP/1.0', () => [host()]],
      ['no Host', 'GET / HTTP/1.1', () => []],
      ['two Host headers', 'GET / HTTP/1.1', () => [host(), host()]],
      ['two Origin headers', 'GET / HTTP/1.1', () => [host(), origin(), origin()]],
      ['two Authorization headers', 'GET /api/v1/health HTTP/1.1', () => [host(), bearer(), bearer()]],
      ['an absolute-form target', 'GET http://127.0.0.1/ HTTP/1.1', () => [host()]],
      [
        'Transfer-Encoding with Content-Length',
        'POST / HTTP/1.1',
        () => [host(), 'Transfer-Encoding: chunked', 'Content-Length: 4'],
      ],
      ['a fragment in the target', 'GET /#page HTTP/1.1', () => [host()]],
      ['an asterisk as target', 'OPTIONS * HTTP/1.1', () => [host()]],
      ['a protocol that is not HTTP', 'GET / FTP/1.1', () => [host()]],
    ];
    for (const [name, line, headers] of rows) {
      it(`W1 row 1: ${name} gives 400`, async () => {
        const { status, headers: got } = await send(line, headers());
        expect(status).to.equal(400);
        expect(got['content-security-policy']).to.equal(policy);
      });
    }
    it('W1 row 1: a handshake of another version gives 400', async () => {
      const headers = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 8', host(), bearer()];
      expect((await send('GET /socket/tui HTTP/1.1', headers)).status).to.equal(400);
    });
    it('W1 row 1: headers larger than Node takes give 431', async () => {
      expect((await get('/', `X-Long: ${'x'.repeat(40_000)}`)).status).to.equal(431);
    });
  });

  describe('W1 row 2: names that are not ours', () => {
    const names = (port: number) => [
      `evil.example:${port}`,
      `localhost.evil.example:${port}`,
      `127.0.0.1.nip.io:${port}`,
      `0.0.0.0:${port}`,
      'localhost',
      `localhost:${port + 1}`,
      '',
      `:${port}`,
      `localhost.:${port}`,
      `evil.example:x@127.0.0.1:${port}`,
    ];
    for (const index of names(0).keys()) {
      for (const path of ['/', '/healthz', '/api/v1/health']) {
        it(`W1 row 2: Host "${names(4777)[index]}" at ${path} gives 403`, async () => {
          const name = names(server.port)[index];
          for (const more of [[], [bearer()]]) {
            const { status, body } = await send(`GET ${path} HTTP/1.1`, [`Host: ${name}`, ...more]);
            expect(status).to.equal(403);
            expect(JSON.parse(body).error.code).to.equal('gate.host_not_allowed');
          }
        });
      }
    }
    for (const name of ['127.0.0.1', 'localhost', '[::1]', 'LOCALHOST']) {
      it(`W1 row 2: ${name} with the port is ours`, async () => {
        expect((await send('GET /healthz HTTP/1.1', [`Host: ${name}:${server.port}`])).status).to.equal(200);
      });
    }
  });

  describe('W1 row 3: origins that are not ours', () => {
    const origins = ['https://evil.example', 'null', 'http://127.0.0.1:1', 'http://localhost.evil', ''];
    for (const value of origins) {
      for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
        it(`W1 row 3: ${method} with Origin "${value}" gives 403`, async () => {
          const { status, body, headers } = await send(`${method} /api/v1/sessions HTTP/1.1`, [
            host(),
            bearer(),
            `Origin: ${value}`,
          ]);
          expect(status).to.equal(403);
          expect(JSON.parse(body).error.code).to.equal('gate.origin_not_allowed');
          expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).to.deep.equal([]);
        });
      }
    }
    it('W1 row 3: https with our own host and port is not ours', async () => {
      expect((await get('/', `Origin: https://127.0.0.1:${server.port}`)).status).to.equal(403);
    });
    it('W1 row 3: our own passes', async () => {
      expect((await get('/api/v1/health', bearer(), origin())).status).to.equal(200);
    });
  });

  describe('W1 row 4: what other sites make a browser do', () => {
    for (const site of ['cross-site', 'same-site']) {
      for (const path of ['/api/v1/health', '/api/v1/unknown', '/socket']) {
        it(`W1 row 4: Sec-Fetch-Site ${site} at ${path} gives 403`, async () => {
          const { status, body } = await get(path, bearer(), `Sec-Fetch-Site: ${site}`);
          expect(status).to.equal(403);
          expect(JSON.parse(body).error.code).to.equal('gate.cross_site');
        });
      }
    }
    it('W1 row 4: a link from elsewhere to a page works', async () => {
      expect((await get('/', 'Sec-Fetch-Site: cross-site')).status).to.equal(200);
    });
    it('W1 row 4: an upgrade is judged alike', async () => {
      expect((await upgrade('/socket/tui', host(), bearer(), 'Sec-Fetch-Site: same-site')).status).to.equal(403);
    });
  });

  describe('W1 row 5: without a right token', () => {
    const credentials: [name: string, headers: () => string[]][] = [
      ['no token', () => []],
      ['a wrong token', () => ['Authorization: Bearer nonsense']],
      ['a truncated token', () => [`Authorization: Bearer ${server.token.slice(0, -1)}`]],
      ['an empty token', () => ['Authorization: Bearer ']],
      ['Basic', () => [`Authorization: Basic ${btoa(`user:${server.token}`)}`]],
      ['a cookie', () => [`Cookie: token=${server.token}`]],
    ];
    for (const [name, headers] of credentials) {
      it(`W1 row 5: ${name} gives 401 with the same body, whatever the path`, async () => {
        const bodies = [];
        for (const path of ['/api/v1/sessions', '/api/v1/nothing', '/api', '/api/v2/sessions']) {
          const { status, body, headers: got } = await get(path, ...headers());
          expect(status).to.equal(401);
          expect(got['www-authenticate'] ?? '').not.to.match(/basic/i);
          expect(got['cache-control']).to.equal('no-store');
          bodies.push(body.replace(/"correlation_id":"[^"]+"/, ''));
        }
        expect(new Set(bodies).size).to.equal(1);
        expect(bodies[0]).to.contain('gate.unauthorized');
      });
    }
    it('W1 row 5: a request without a token asks the same question as one with a wrong one', async () => {
      const asked: string[] = [];
      const { tokens } = server.services;
      const check = tokens.check.bind(tokens);
      tokens.check = (token) => {
        asked.push(token);
        return check(token);
      };
      await get('/api/v1/sessions');
      await get('/api/v1/sessions', 'Authorization: Bearer wrong');
      tokens.check = check;
      expect(asked).to.have.length(2);
    });
  });

  describe('W1 row 6: secrets in the URL', () => {
    const targets = [
      '/?token=abc',
      '/api/v1/sessions?access_token=abc',
      '/api/v1/sessions?limit=1&Api_Key=abc',
      '/#token=abc',
      '/%23token=abc',
      '/?x=1#c=abc',
      '/socket?ticket=abc',
      '/?%74oken=abc',
      '/api/v1/sessions?q=mst_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
      '/mst_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
    ];
    for (const target of targets) {
      it(`W1 row 6: ${target.slice(0, 40)} gives 400 and is not logged`, async () => {
        const { status, body } = await get(target, bearer());
        expect(status).to.equal(400);
        expect(JSON.parse(body).error.code).to.equal('gate.token_in_url');
        expect(JSON.stringify(server.log.lines)).not.to.match(/abc|mst_/);
      });
    }
  });

  describe('W1 row 7: bodies that a form could send', () => {
    const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'];
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      for (const type of types) {
        it(`W1 row 7: ${method} with ${type} gives 415`, async () => {
          const headers = [host(), bearer(), `Content-Type: ${type}`, 'Content-Length: 2'];
          expect((await send(`${method} /api/v1/sessions/x HTTP/1.1`, headers, '{}')).status).to.equal(415);
        });
      }
    }
    it('W1 row 7: only after the token was right', async () => {
      const headers = [host(), 'Content-Type: text/plain', 'Content-Length: 2'];
      expect((await send('POST /api/v1/sessions HTTP/1.1', headers, '{}')).status).to.equal(401);
    });
    it('W1 row 7: a body without a type gives 415, no body needs none', async () => {
      expect(
        (await send('POST /api/v1/tui/connect HTTP/1.1', [host(), bearer(), 'Content-Length: 2'], '{}')).status,
      ).to.equal(415);
      expect(
        (await send('POST /api/v1/tui/connect HTTP/1.1', [host(), bearer(), 'Content-Length: 0'])).status,
      ).to.equal(200);
    });
    it('W1 row 7: blobs are octets, and JSON is refused there', async () => {
      const path = `/api/v1/blobs/${'0'.repeat(64)}`;
      const headers = (type: string) => [host(), bearer(), `Content-Type: ${type}`, 'Content-Length: 2'];
      expect((await send(`PUT ${path} HTTP/1.1`, headers('application/json'), '{}')).status).to.equal(415);
      expect((await send(`PUT ${path} HTTP/1.1`, headers('application/octet-stream'), '{}')).status).to.equal(400);
    });
  });

  describe('W1 row 9: methods that are not used', () => {
    for (const method of ['TRACE', 'CONNECT', 'BREW', 'PROPFIND']) {
      it(`W1 row 9: ${method} gives 405`, async () => {
        const target = method === 'CONNECT' ? '127.0.0.1:80' : '/';
        const { status, headers } = await send(`${method} ${target} HTTP/1.1`, [host(), bearer()]);
        expect(status).to.equal(405);
        expect(headers['x-content-type-options']).to.equal('nosniff');
      });
    }
    it('W1 row 9: a client that resets its connection after CONNECT ends nothing but that connection', async () => {
      for (let n = 0; n < 60; n += 1) {
        const socket = connect(server.port, '127.0.0.1');
        const closed = new Promise((resolve) => socket.on('error', () => undefined).once('close', resolve));
        socket.write(request('CONNECT 127.0.0.1:80 HTTP/1.1', [host()]), () => {
          if (n % 2) socket.resetAndDestroy();
          else setImmediate(() => socket.resetAndDestroy());
        });
        await closed;
      }
      expect((await get('/healthz')).status).to.equal(200);
    });
    it('W1 row 9: a known path names the methods it has', async () => {
      const { status, headers } = await send('PUT /api/v1/sessions HTTP/1.1', [host(), bearer()]);
      expect(status).to.equal(405);
      expect(headers.allow).to.equal('GET, HEAD, POST');
      expect((await send('POST / HTTP/1.1', [host()])).headers.allow).to.equal('GET, HEAD');
    });
    it('W1 row 9: an upgrade by POST gives 405', async () => {
      const headers = [
        host(),
        bearer(),
        'Connection: Upgrade',
        'Upgrade: websocket',
        'Sec-WebSocket-Version: 13',
        'Sec-WebSocket-Key: x',
      ];
      expect((await send('POST /socket HTTP/1.1', headers)).status).to.equal(405);
    });
  });

  describe('W1 row 10: bodies over their limit', () => {
    /** Announces a length, sends a little, and waits for the answer and the end of the connection. */
    async function announced(path: string, length: number): Promise<{ answer: RawAnswer; wasClosed: boolean }> {
      const socket = connect(server.port, '127.0.0.1');
      const headers = [host(), bearer(), 'Content-Type: application/json', `Content-Length: ${length}`];
      socket.write(request(`POST ${path} HTTP/1.1`, headers, '{"te'));
      const ended = new Promise<boolean>((resolve) => socket.once('end', () => resolve(true)));
      const answer = await answerOn(socket);
      const wasClosed = await ended;
      socket.destroy();
      return { answer, wasClosed };
    }
    it('W1 row 10: 1 MiB and a byte is refused before it is sent, and the socket closed', async () => {
      const { answer, wasClosed } = await announced('/api/v1/sessions', 1_048_577);
      expect(answer.status).to.equal(413);
      expect(JSON.parse(answer.body).error.code).to.equal('gate.too_large');
      expect(wasClosed).to.equal(true);
    });
    it('W1 row 10: a message has 10 MiB and 64 KiB', async () => {
      const { answer } = await announced('/api/v1/sessions/x/messages', 10 * 1_048_576 + 65_536 + 1);
      expect(answer.status).to.equal(413);
    });
    it('W1 row 10: a body in chunks is cut at the limit', async () => {
      const socket = connect(server.port, '127.0.0.1');
      const headers = [host(), bearer(), 'Content-Type: application/json', 'Transfer-Encoding: chunked'];
      socket.write(request('POST /api/v1/sessions HTTP/1.1', headers));
      const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`;
      for (let sent = 0; sent <= 16; sent += 1) socket.write(chunk);
      const ended = new Promise((resolve) => socket.once('end', resolve));
      expect((await answerOn(socket)).status).to.equal(413);
      await ended;
      socket.destroy();
    });
    it('W1 row 10: a client that sends 11 MB at once still gets to read why', async () => {
      const { status, body } = await api(server, 'POST', '/sessions', JSON.stringify({ agent_name: 'x'.repeat(11e6) }));
      expect(status).to.equal(413);
      expect(body.error.message).to.contain('make it smaller');
    });
    it('W1 row 10: Expect: 100-continue is not answered before the gate', async () => {
      const headers = [
        host(),
        bearer(),
        'Content-Type: application/json',
        'Content-Length: 99999999',
        'Expect: 100-continue',
      ];
      expect((await send('POST /api/v1/sessions HTTP/1.1', headers)).status).to.equal(413);
      const small = [host(), bearer(), 'Content-Type: application/json', 'Content-Length: 2', 'Expect: 100-continue'];
      expect((await send('POST /api/v1/tui/connect HTTP/1.1', small)).status).to.equal(100);
    });
  });

  describe('W1 rows 11 and 12: sockets', () => {
    const ticketFrom = async () => (await api(server, 'POST', '/socket-tickets', {})).body.ticket as string;
    const withTicket = (ticket: string) => `Sec-WebSocket-Protocol: maestro.v1, ticket.${ticket}`;

    it('W1 row 11: a bad Host gives 403', async () => {
      expect((await upgrade('/socket/tui', 'Host: evil.example', bearer())).status).to.equal(403);
    });
    it('W1 row 11: a bad Origin gives 403, and so does none beside a ticket', async () => {
      const ticket = await ticketFrom();
      expect((await upgrade('/socket', host(), 'Origin: https://evil.example', withTicket(ticket))).status).to.equal(
        403,
      );
      expect((await upgrade('/socket', host(), withTicket(ticket))).status).to.equal(403);
    });
    it('W1 row 11: no, a bad and two tickets give 401, and so does a token', async () => {
      expect((await upgrade('/socket', host(), origin())).status).to.equal(401);
      expect((await upgrade('/socket', host(), origin(), bearer())).status).to.equal(401);
      expect((await upgrade('/socket', host(), origin(), withTicket('nonsense'))).status).to.equal(401);
      const two = `${withTicket(await ticketFrom())}, ticket.${await ticketFrom()}`;
      expect((await upgrade('/socket', host(), origin(), two)).status).to.equal(401);
      expect(
        (await upgrade('/socket', host(), origin(), `Sec-WebSocket-Protocol: ticket.${await ticketFrom()}`)).status,
      ).to.equal(401);
    });
    it('W1 row 11: a ticket works once', async () => {
      const ticket = await ticketFrom();
      expect((await upgrade('/socket', host(), origin(), withTicket(ticket))).status).to.equal(101);
      expect((await upgrade('/socket', host(), origin(), withTicket(ticket))).status).to.equal(401);
    });
    it('W1 row 11: a ticket of 31 seconds gives 401, one of 29 opens', async () => {
      const [early, late] = [await ticketFrom(), await ticketFrom()];
      server.clock.now += 29_000;
      expect((await upgrade('/socket', host(), origin(), withTicket(early))).status).to.equal(101);
      server.clock.now += 2_000;
      expect((await upgrade('/socket', host(), origin(), withTicket(late))).status).to.equal(401);
    });
    it('W1 row 11: a terminal without a right token gives 401', async () => {
      expect((await upgrade('/socket/tui', host())).status).to.equal(401);
      expect((await upgrade('/socket/tui', host(), 'Authorization: Bearer wrong')).status).to.equal(401);
    });
    it('W1 row 11: an unknown path gives 404', async () => {
      for (const path of ['/', '/socket/other', '/socket/', '/api/v1/sessions', '/ws']) {
        expect((await upgrade(path, host(), bearer())).status).to.equal(404);
      }
    });
    it('W1 row 11: a socket path without an upgrade gives 404', async () => {
      expect((await get('/socket', bearer())).status).to.equal(404);
    });
    it('W1 row 12: a terminal with its token and no Origin gets 101', async () => {
      expect((await upgrade('/socket/tui', host(), bearer())).status).to.equal(101);
    });
    it('W1 row 12: a browser with Origin and ticket gets 101 and the echo of maestro.v1 alone', async () => {
      const { status, headers } = await upgrade('/socket', host(), origin(), withTicket(await ticketFrom()));
      expect(status).to.equal(101);
      expect(headers['sec-websocket-protocol']).to.equal('maestro.v1');
      expect(headers['content-security-policy']).to.equal(policy);
    });
  });

  it('W1 row 13: /healthz needs no token and says one thing', async () => {
    const { status, body, headers } = await get('/healthz');
    expect([status, body]).to.deep.equal([200, '{"ok":true}']);
    expect(headers['content-security-policy']).to.equal(policy);
  });

  describe('W1 row 14: pages', () => {
    const paths = [
      '/../etc/passwd',
      '/assets/../.secret',
      '/%2e%2e%2fetc/passwd',
      '/..%5c..%5cetc',
      '/assets\\app-1a2b.js',
      '/app%00.js',
      '//etc/passwd',
      '/assets//app-1a2b.js',
      '/.secret',
      '/assets/out.txt',
      '/assets/app-1a2b.js.map',
      '/assets/app-1a2b.js/x.js',
      '/missing.js',
      '/s/%FF',
    ];
    for (const path of paths) {
      it(`W1 row 14: ${path} gives 404`, async () => {
        expect((await get(path)).status).to.equal(404);
      });
    }
    it('W1 row 14: what was built is there', async () => {
      const { status, headers } = await get('/assets/app-1a2b.js');
      expect(status).to.equal(200);
      expect(headers['content-type']).to.equal('text/javascript; charset=utf-8');
      expect(headers['cache-control']).to.contain('immutable');
    });
  });

  it('W1 row 15: what agents and users made can only be kept, never run', async () => {
    const bytes = Buffer.from('<script>alert(1)</script>');
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const put = await fetch(`${server.url}/api/v1/blobs/${sha256}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/octet-stream' },
      body: bytes,
    });
    expect(put.status).to.equal(200);
    const { status, headers, body } = await get(`/api/v1/blobs/${sha256}`, bearer());
    expect([status, body]).to.deep.equal([200, bytes.toString()]);
    expect(headers['content-type']).to.equal('application/octet-stream');
    expect(headers['content-disposition']).to.match(/^attachment; /);
    expect(headers['x-content-type-options']).to.equal('nosniff');
    expect(headers['content-security-policy']).to.match(/^sandbox; default-src 'none'/);
  });

  it('W1 row 15: a plain image is shown, whatever it is called, and nothing else is', async () => {
    const keep = async (bytes: Buffer) => {
      const path = `/api/v1/blobs/${createHash('sha256').update(bytes).digest('hex')}`;
      await fetch(`${server.url}${path}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/octet-stream' },
        body: new Uint8Array(bytes),
      });
      return (await get(`${path}?name=a.html`, bearer())).headers;
    };
    const image = await keep(Buffer.from('GIF89a<script>alert(1)</script>'));
    expect(image['content-type']).to.equal('image/gif');
    expect(image['content-disposition']).to.equal(`inline; filename="a.html"; filename*=UTF-8''a.html`);
    expect(image['x-content-type-options']).to.equal('nosniff');
    expect(image['content-security-policy']).to.match(/^sandbox; default-src 'none'/);
    for (const other of ['<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', '%PDF-1.7', '<!doctype html>']) {
      const headers = await keep(Buffer.from(other));
      expect(headers['content-type']).to.equal('application/octet-stream');
      expect(headers['content-disposition']).to.match(/^attachment; /);
    }
    expect((await get(`/api/v1/blobs/${'0'.repeat(64)}`)).status).to.equal(401);
  });

  it('W1 row 16: after 10 wrong tokens a connection gets 429; another with the right one works', async () => {
    const socket = connect(server.port, '127.0.0.1');
    const ask = async (token: string) => {
      socket.write(request('GET /api/v1/health HTTP/1.1', [host(), `Authorization: Bearer ${token}`]));
      return (await answerOn(socket)).status;
    };
    const statuses = [];
    for (let n = 0; n < 20; n += 1) statuses.push(await ask(`wrong${n}`));
    expect(statuses).to.deep.equal([...Array(10).fill(401), ...Array(10).fill(429)]);
    expect(await ask(server.token)).to.equal(429);
    expect((await get('/api/v1/health', bearer())).status).to.equal(200);
    server.clock.now += 61_000;
    expect(await ask(server.token)).to.equal(200);
    socket.destroy();
  });

  describe('W1 row 18: where it listens', () => {
    it('W1 row 18: on both loopback addresses, on the same port, and on no other', async () => {
      const addresses = server.server.addresses.map(({ address, port }) => [address, port]);
      expect(addresses).to.deep.include(['127.0.0.1', server.port]);
      for (const [address, port] of addresses)
        expect([['127.0.0.1', '::1'].includes(String(address)), port]).to.deep.equal([true, server.port]);
      const [answer] = await Promise.all([
        raw(server.port, request('GET /healthz HTTP/1.1', [host()]), String(addresses.at(-1)![0])),
      ]);
      expect(answer!.status).to.equal(200);
    });
    for (const set of [
      { host: '0.0.0.0' },
      { host: '::' },
      { host: '192.0.2.1', tls: true },
      { host: '0.0.0.0', allowedHosts: ['m.example'] },
    ]) {
      it(`W1 row 18: ${JSON.stringify(set)} is refused`, async () => {
        expect(await codeOf(startServer(set))).to.equal('server.bind_refused');
      });
    }
    it('W1 row 18: an address this machine does not have is refused with its name', async () => {
      expect(await codeOf(startServer({ host: '192.0.2.1', tls: true, allowedHosts: ['m.example'] }))).to.equal(
        'server.bind_refused',
      );
    });
    it('W1 row 18: a port that is taken says so', async () => {
      expect(await codeOf(startServer({ port: server.port }))).to.equal('server.port_taken');
      expect(await codeOf(startServer({ host: '::1', port: server.port }))).to.equal('server.port_taken');
    });
    it('W1 row 18: behind TLS and with its names given, a name of the user passes, with https as well', async () => {
      const open = await startServer({ host: '127.0.0.1', tls: true, allowedHosts: ['m.example'] });
      const answer = await raw(
        open.port,
        request('GET /healthz HTTP/1.1', ['Host: M.example', 'Origin: https://m.example']),
      );
      expect(answer.status).to.equal(200);
      expect(
        (await raw(open.port, request('GET /healthz HTTP/1.1', [`Host: m.example:${open.port}`]))).status,
      ).to.equal(403);
      await open.close();
    });
  });

  it('gives every answer the same protection, also where nothing is', async () => {
    for (const path of ['/', '/assets/app-1a2b.js', '/api/v1/nothing', '/nothing.js', '/api/v1/health']) {
      const { headers } = await get(path, bearer());
      expect(headers['x-content-type-options']).to.equal('nosniff');
      expect(headers['referrer-policy']).to.equal('no-referrer');
      expect(headers['cross-origin-opener-policy']).to.equal('same-origin');
      expect(headers['cross-origin-resource-policy']).to.equal('same-origin');
      if (path !== '/') expect(headers['content-security-policy']).to.equal(policy);
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).to.deep.equal([]);
    }
  });
});

describe('the limits of the listeners', () => {
  let server: Running;
  before(async () => {
    server = await startServer({ limits: { headersTimeoutMs: 300, requestTimeoutMs: 600, mostConnections: 3 } });
  });
  after(() => server.close());

  it('W1 row 17: headers that do not end are cut with 408', async () => {
    const answer = await raw(server.port, 'GET / HTTP/1.1\r\nHost: ');
    expect(answer.status).to.equal(408);
    expect(answer.headers['referrer-policy']).to.equal('no-referrer');
  });
  it('W1 row 17: a body that does not end is cut', async () => {
    const headers = [
      `Host: 127.0.0.1:${server.port}`,
      `Authorization: Bearer ${server.token}`,
      'Content-Type: application/json',
    ];
    const answer = await raw(
      server.port,
      request('POST /api/v1/sessions HTTP/1.1', [...headers, 'Content-Length: 10'], '{'),
    );
    expect(answer.status).to.equal(408);
  });
  it('W1 row 17: connections over the limit are closed, and there is room again when others go', async () => {
    const held = await Promise.all(
      [1, 2, 3].map(async () => {
        const client = connect(server.port, '127.0.0.1');
        await new Promise((resolve) => client.once('connect', resolve));
        return client;
      }),
    );
    const extra = connect(server.port, '127.0.0.1');
    extra.on('error', () => undefined);
    await new Promise((resolve) => extra.once('close', resolve));
    for (const client of held) client.destroy();
    let status: number | undefined;
    while (status === undefined) {
      const answer = await raw(server.port, request('GET /healthz HTTP/1.1', [`Host: 127.0.0.1:${server.port}`])).catch(
        () => undefined,
      );
      status = answer?.status;
    }
    expect(status).to.equal(200);
  });
});

describe('sockets that open', () => {
  it('W1 row 17: at most 64 wait for their token to be checked; the next gets 503', async () => {
    const server = await startServer();
    const { tokens } = server.services;
    const check = tokens.check.bind(tokens);
    const hold = Promise.withResolvers<void>();
    const all = Promise.withResolvers<void>();
    let waiting = 0;
    tokens.check = async (token) => {
      waiting += 1;
      if (waiting === 64) all.resolve();
      await hold.promise;
      return check(token);
    };
    const held = Array.from({ length: 64 }, () => Client.open(server));
    await all.promise;
    expect(await Client.open(server).catch((error: Error) => error.message)).to.contain('503');
    hold.resolve();
    for (const client of await Promise.all(held)) await client.close();
    await server.close();
  });
});

describe('a database that is away', () => {
  it('gives 503 with Retry-After at the gate, for requests and sockets, and changes nothing', async () => {
    const server = await startServer();
    const down = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const { tokens } = server.services;
    tokens.check = () => Promise.reject(down);
    const { status, headers, body } = await api(server, 'GET', '/sessions');
    expect([status, headers.get('retry-after'), body.error.code]).to.deep.equal([503, '2', 'database.unreachable']);
    const refused = await Client.open(server).catch((error: Error) => error.message);
    expect(refused).to.contain('503');
    await server.close();
  });
});
