import { once } from 'node:events';
import { type AddressInfo, connect, createServer, Server, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { expect } from 'chai';
import { type CallbackAnswer, CallbackListener, type Redirect } from '../../src/signin/callback-listener.js';
import { codeOf } from '../store/rows.js';

describe('the listener for the answer of a browser', () => {
  const open: { close(): void }[] = [];
  let answers: CallbackAnswer[];
  beforeEach(() => {
    answers = [];
  });
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
  });

  const listen = async (redirect: Partial<Redirect> = {}) => {
    const listener = await CallbackListener.open({
      redirect: { host: '127.0.0.1', ports: 'any', path: '/callback', ...redirect },
      isState: (given) => given === 'right',
      onAnswer: (answer) => answers.push(answer),
    });
    open.push(listener);
    return listener;
  };
  const hold = async (host = '127.0.0.1', port = 0): Promise<number> => {
    const holder = createServer((socket) => socket.destroy());
    await once(holder.listen({ host, port }), 'listening');
    open.push(holder);
    return (holder.address() as AddressInfo).port;
  };
  const freePort = async (): Promise<number> => {
    const port = await hold();
    const holder = open.pop()!;
    await new Promise<void>((resolve) => (holder as Server).close(() => resolve()));
    return port;
  };
  const failure = (work: Promise<unknown>) => work.then(() => 'it did not fail', String);

  it('takes the first port of its range that it can have, also after one that cannot be listened on at all', async () => {
    const [taken, free] = [await hold(), await freePort()];
    const listener = await listen({ ports: [taken, 70_000, free] });
    expect(listener.redirectUri).to.equal(`http://127.0.0.1:${free}/callback`);
    const page = await fetch(`${listener.redirectUri}?state=right&code=c`);
    expect(await page.text()).to.contain('You may close this window');
    expect(answers).to.deep.equal([{ code: 'c' }]);
  });

  it('says which ports it cannot have, and what to do', async () => {
    const [one, other] = [await hold(), await hold()];
    expect(await codeOf(listen({ ports: [one] }))).to.equal('sign_in.port');
    expect(await failure(listen({ ports: [one] }))).to.contain(
      `port ${one} of this machine cannot be listened on, so the browser's answer cannot come in; free one, or sign in with a pasted code`,
    );
    expect(await failure(listen({ ports: [one, other] }))).to.contain(
      `none of the ports ${one} to ${other} of this machine can be listened on`,
    );
  });

  const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === '::1'));
  if (hasIpv6) {
    it('for localhost passes over a port that another program has on IPv6, and lets the half of it go', async () => {
      const taken = await hold('::1');
      const free = await freePort();
      expect((await listen({ host: 'localhost', ports: [taken, free] })).port).to.equal(free);
      await hold('127.0.0.1', taken);
    });
  }

  it('for localhost does with IPv4 on a machine without IPv6, and needs both where IPv6 is there', async () => {
    const listener = await withoutSecond('EAFNOSUPPORT', () => listen({ host: 'localhost' }));
    const uri = `http://127.0.0.1:${listener.port}/callback?state=right&code=c`;
    expect((await fetch(uri)).status).to.equal(200);
    await withoutSecond('EADDRNOTAVAIL', () => listen({ host: 'localhost' }));
    const message = await withoutSecond('EACCES', () => failure(listen({ host: 'localhost' })));
    expect(message).to.contain('no port of this machine can be listened on');
  });

  it('takes the issuer that names itself, and the words of a refusal', async () => {
    const first = await listen();
    await fetch(`${first.redirectUri}?state=right&code=c&iss=https%3A%2F%2Facme.example`);
    const second = await listen();
    await fetch(`${second.redirectUri}?state=right&error=access_denied&error_description=no`);
    expect(answers).to.deep.equal([
      { code: 'c', issuer: 'https://acme.example' },
      { error: 'access_denied', description: 'no' },
    ]);
  });

  it('knows its own names alone: 127.0.0.1 is not localhost, and no name is none', async () => {
    const listener = await listen();
    const path = '/callback?state=right&code=c';
    for (const host of [`localhost:${listener.port}`, `127.0.0.1:${listener.port}0`, 'acme.example'])
      expect(await talk(listener.port, `GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`), host).to.match(/ 400 /);
    expect(await talk(listener.port, `GET ${path} HTTP/1.0\r\n\r\n`)).to.match(/ 400 .*Wrong host/s);
    expect(answers).to.deep.equal([]);
    const own = await listen({ host: 'localhost' });
    const answer = await talk(own.port, `GET ${path} HTTP/1.1\r\nHost: [::1]:${own.port}\r\n\r\n`);
    expect(answer).to.match(/ 200 /);
  });

  it('refuses a code longer than any is, and an empty one', async () => {
    const { redirectUri } = await listen();
    for (const code of ['', 'x'.repeat(4_097)])
      expect((await fetch(`${redirectUri}?state=right&code=${code}`)).status).to.equal(400);
    expect((await fetch(`${redirectUri}?state=right&code=${'x'.repeat(4_096)}`)).status).to.equal(200);
    expect(answers.length).to.equal(1);
  });

  it('takes one answer: whoever was half through the same request gets a refusal', async () => {
    const { redirectUri, port } = await listen();
    const late = connect(port, '127.0.0.1');
    await once(late, 'connect');
    const lines = `GET /callback?state=right&code=late HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n`;
    late.write(lines);
    await fetch(`${redirectUri}?state=right&code=first`);
    expect(await said(late, '\r\n')).to.match(/ 400 .*not the answer to a sign-in/s);
    expect(answers).to.deep.equal([{ code: 'first' }]);
  });
});

/** Runs `work` where the system gives no IPv6 address to listen on, for the reason `code`. */
async function withoutSecond<T>(code: string, work: () => Promise<T>): Promise<T> {
  const { listen } = Server.prototype;
  Server.prototype.listen = function (this: Server, ...given: unknown[]) {
    if ((given[0] as { host?: string }).host !== '::1') return Reflect.apply(listen, this, given) as Server;
    process.nextTick(() => this.emit('error', Object.assign(new Error(code), { code })));
    return this;
  } as typeof listen;
  try {
    return await work();
  } finally {
    Server.prototype.listen = listen;
  }
}

async function talk(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  return said(socket, text);
}

async function said(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  return Buffer.concat(await socket.toArray()).toString();
}
