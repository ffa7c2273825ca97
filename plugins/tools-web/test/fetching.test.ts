import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { toolCall } from '@maestro/core/testing';
import { expect } from 'chai';
import { PAGE_BYTES } from '../src/web.js';
import { articlePage, openSite, refusalOf, type Site, wordsOf } from './support.js';

const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const zeros = Buffer.alloc(40 * 1024 * 1024);
const bombs = { gzip: gzipSync(zeros), br: brotliCompressSync(zeros) };

const answers: Record<string, [headers: Record<string, string>, body: string | Buffer, status?: number]> = {
  '/article': [{ 'content-type': 'text/html; charset=utf-8' }, articlePage('See <a href="../more?x=1#y">more</a>.')],
  '/list': [{ 'content-type': 'text/html' }, '<ul><li><a href="/one">One</a><li>Two</ul>'],
  '/json': [{ 'content-type': 'application/vnd.x+json' }, '{"a": [1, 2]}'],
  '/untyped': [{}, '<!DOCTYPE html><title>No type</title><p>words'],
  '/bytes': [{ 'content-type': 'application/octet-stream' }, Buffer.from([1, 0, 2])],
  '/zip': [{ 'content-type': 'application/zip' }, 'PK'],
  '/picture.png': [{ 'content-type': 'text/plain' }, png],
  '/no-picture.png': [{ 'content-type': 'image/png' }, 'not a picture'],
  '/paper.pdf': [{ 'content-type': 'application/pdf' }, '%PDF-1.7 ...'],
  '/long': [{ 'content-type': 'text/plain' }, `${'x'.repeat(79_999)}😀${'y'.repeat(30)}`],
  '/latin': [{ 'content-type': 'text/plain; charset=iso-8859-1' }, Buffer.from('caf\xe9', 'latin1')],
  '/wrong': [{ 'content-type': 'text/plain; charset=utf-8' }, Buffer.from('caf\xe9', 'latin1')],
  '/none-such': [{ 'content-type': 'text/plain; charset=klingon' }, 'café'],
  '/meta': [
    { 'content-type': 'text/html' },
    Buffer.from('<meta charset="koi8-r"><p>\xf0\xf2\xe9\xf7\xe5\xf4', 'latin1'),
  ],
  '/wide': [{ 'content-type': 'text/plain' }, Buffer.from('\ufeffwide', 'utf16le')],
  '/gzip': [{ 'content-encoding': 'gzip', 'content-type': 'text/plain' }, gzipSync('packed')],
  '/br': [{ 'content-encoding': 'br', 'content-type': 'text/plain' }, brotliCompressSync('packed')],
  '/deflate': [{ 'content-encoding': 'deflate', 'content-type': 'text/plain' }, deflateSync('packed')],
  '/torn': [
    { 'content-encoding': 'gzip', 'content-type': 'text/plain' },
    gzipSync('packed '.repeat(99)).subarray(0, 20),
  ],
  '/odd': [{ 'content-encoding': 'zpaq', 'content-type': 'text/plain' }, 'x'],
  '/bomb-gzip': [{ 'content-encoding': 'gzip', 'content-type': 'text/plain' }, bombs.gzip],
  '/bomb-br': [{ 'content-encoding': 'br', 'content-type': 'text/plain' }, bombs.br],
  '/gone': [{ 'content-type': 'text/html' }, 'no', 410],
  '/empty': [{ 'content-type': 'text/html' }, ''],
  '/once': [{ location: '/json' }, '', 302],
  '/round': [{ location: '/round' }, '', 307],
  '/nowhere': [{ location: 'http://:::' }, '', 302],
  '/with-password': [{ location: 'http://me:secret-word@localhost/' }, '', 302],
  '/to-file': [{ location: 'file:///etc/passwd' }, '', 302],
  '/to-cloud': [{ location: 'http://169.254.169.254/latest/meta-data/' }, '', 302],
};

describe('fetching a page', () => {
  let site: Site;
  let drips = 0;
  before(async () => {
    site = await openSite(async (request, response) => {
      const { url = '' } = request;
      if (url === '/to-itself')
        return response.writeHead(302, { location: `http://127.0.0.1:${site.port}/json` }).end();
      if (url === '/told') return response.end(JSON.stringify(request.headers));
      if (url !== '/drip') {
        const [headers, body, status = 200] = answers[url] ?? [{}, '', 404];
        return response.writeHead(status, { ...headers, 'set-cookie': 'a=b' }).end(body);
      }
      response.writeHead(200, { 'content-type': 'text/plain' });
      for (drips = 0; !response.destroyed && drips < 1_000; drips += 1) {
        response.write('.');
        await sleep(20);
      }
    });
  });
  after(() => site.close());

  it('gives its matter as Markdown with whole links, and leaves out what surrounds it', async () => {
    const words = wordsOf(await site.fetch('/article'));
    expect(words).to.match(/^http:\S+\/article "On & on", text\/html\.\n## Heading\n/);
    expect(words)
      .to.contain(`[more](${site.url}/more?x=1#y)`)
      .and.not.to.match(/Menu|rights/);
  });

  it('gives it as text or as its source, and whole where no matter can be told from the rest', async () => {
    expect(wordsOf(await site.fetch('/article', { format: 'text' })))
      .to.contain('See more.')
      .and.not.to.contain('](');
    expect(wordsOf(await site.fetch('/article', { format: 'html' }))).to.contain('<footer>All rights</footer>');
    expect(wordsOf(await site.fetch('/list'))).to.contain(`- [One](${site.url}/one)\n- Two`);
    expect(wordsOf(await site.fetch('/empty'))).to.contain('there is no text in it');
  });

  it('gives JSON and other text as it is, and tells what has no type by its beginning', async () => {
    expect(wordsOf(await site.fetch('/json'))).to.match(/json\.\n\{"a": \[1, 2\]\}$/);
    expect(wordsOf(await site.fetch('/untyped'))).to.match(/"No type", text\/html\.\n.*words$/);
    expect(await refusalOf(site.fetch('/bytes'))).to.match(/^web\.unreadable .*binary data/);
    expect(await refusalOf(site.fetch('/zip'))).to.match(/^web\.unreadable .*application\/zip/);
  });

  it('keeps pictures and documents to look at, if they are what they are called', async () => {
    const call = toolCall();
    const { content } = await site.fetch('/picture.png', {}, call);
    expect(content[1]).to.include({ type: 'image', media_type: 'image/png' });
    expect([...call.kept.values()][0]?.equals(png)).to.equal(true);
    expect((await site.fetch('/paper.pdf')).content[1]).to.include({ type: 'file', name: 'paper.pdf' });
    expect(await refusalOf(site.fetch('/no-picture.png'))).to.match(/^web\.unreadable/);
  });

  it('gives a long page in pieces that belong together, and cuts no character', async () => {
    const first = wordsOf(await site.fetch('/long'));
    expect(first).to.contain('Characters 1 to 79999 of 80031; read on with offset 79999.');
    const asked = site.asked.length;
    expect(wordsOf(await site.fetch('/long', { offset: 79_999 }))).to.match(/of 80031\.\n😀y{30}$/);
    expect(site.asked).to.have.lengthOf(asked);
    expect(await refusalOf(site.fetch('/long', { offset: 80_031 }))).to.match(/^tool\.bad_range/);
  });

  it('reads every encoding that is named, and what is named wrongly', async () => {
    const words = async (path: string) =>
      wordsOf(await site.fetch(path))
        .split('\n')
        .at(-1);
    expect(await words('/latin')).to.equal('café');
    expect(await words('/wrong')).to.equal('café');
    expect(await words('/none-such')).to.equal('café');
    expect(await words('/meta')).to.equal('ПРИВЕТ');
    expect(await words('/wide')).to.equal('wide');
  });

  it('unpacks what is packed, and says so where it cannot', async () => {
    for (const way of ['gzip', 'br', 'deflate']) expect(wordsOf(await site.fetch(`/${way}`))).to.match(/\npacked$/);
    expect(await refusalOf(site.fetch('/torn'))).to.match(/^web\.unreachable .*unexpected end/);
    expect(await refusalOf(site.fetch('/odd'))).to.match(/^web\.unreadable .*zpaq/);
  });

  it('takes no more of a packed page than of another', async () => {
    const { signal } = new AbortController();
    for (const way of ['gzip', 'br']) {
      const answer = await site.web.get(new URL(`${site.url}/bomb-${way}`), { seconds: 20, signal });
      expect('bytes' in answer && [answer.bytes.length, answer.isCut]).to.deep.equal([PAGE_BYTES, true]);
    }
  });

  it('gives up a server that takes its time, and lets go of it', async () => {
    const { signal } = new AbortController();
    const work = site.web.get(new URL(`${site.url}/drip`), { seconds: 0.3, signal });
    expect(await refusalOf(work)).to.match(/^web\.unreachable .*did not answer completely within 0.3 s/);
    await sleep(200);
    expect(drips).to.be.lessThan(200);
  });

  it('stops when its call is stopped', async () => {
    const stop = new AbortController();
    const work = site.fetch('/drip', {}, toolCall({ signal: stop.signal }));
    setTimeout(() => stop.abort(new Error('enough')), 100);
    expect(await refusalOf(work)).to.contain('enough');
  });

  it('says who asks and nothing else, and remembers no cookie', async () => {
    await site.fetch('/json');
    const told = JSON.parse(
      wordsOf(await site.fetch('/told'))
        .split('\n')
        .at(-1) as string,
    );
    expect(told['user-agent']).to.match(/^TheMaestro\/\d/);
    expect(Object.keys(told).sort()).to.deep.equal(['accept', 'accept-encoding', 'connection', 'host', 'user-agent']);
  });

  it('says what the server said instead of a page', async () => {
    expect(await refusalOf(site.fetch('/gone'))).to.match(/^web\.status .*\/gone answered 410 Gone$/);
    expect(await refusalOf(site.fetch('/none'))).to.match(/^web\.status .*404/);
  });

  it('follows an answer within its site, but not for ever', async () => {
    expect(wordsOf(await site.fetch('/once'))).to.match(/\/json, application/);
    const asked = site.asked.length;
    expect(await refusalOf(site.fetch('/round'))).to.match(/^web\.unreachable .*more than 5 times/);
    expect(site.asked.length - asked).to.equal(6);
    expect(await refusalOf(site.fetch('/nowhere'))).to.match(/^web\.unreachable .*no address/);
  });

  it('goes to no other site by itself, wherever it is led', async () => {
    const asked = site.asked.length;
    expect(await refusalOf(site.fetch('/to-itself'))).to.match(/^web\.moved .*http:\/\/127\.0\.0\.1:/);
    expect(await refusalOf(site.fetch('/to-cloud'))).to.match(/^web\.moved .*169\.254\.169\.254/);
    expect(await refusalOf(site.fetch('/to-file'))).to.match(/^web\.bad_address/);
    const password = await refusalOf(site.fetch('/with-password'));
    expect(password)
      .to.match(/^web\.bad_address/)
      .and.not.to.contain('secret-word');
    expect(site.asked.length - asked).to.equal(4);
  });

  it('connects to no address that is not public, whatever it is called', async () => {
    const { port } = site;
    const asked = site.asked.length;
    const hosts = ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0', '2130706433', '127.1'];
    for (const host of hosts) {
      expect(
        await refusalOf(site.direct.run({ url: `http://${host}:${port}/json`, format: 'text' }, toolCall())),
        host,
      ).to.match(/^web\.private .*allowHosts/);
    }
    // Another port of the host that is allowed, over either scheme.
    for (const url of ['http://localhost/', 'https://localhost/'])
      expect(await refusalOf(site.direct.run({ url, format: 'text' }, toolCall()))).to.match(/^web\.private/);
    expect(site.asked).to.have.lengthOf(asked);
  });
});
