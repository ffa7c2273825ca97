import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { BrowserWorld } from '../support/browser-world.js';
import { hostileMarkdown, hostileSamples as samples } from '../support/hostile-samples.js';
import { until } from '../support/until.js';

/** A link that says otherwise, one that says what it is, two that are none, a picture, and what cannot be seen. */
const links =
  '[your bank](https://evil.example/login) <https://good.example/> [x](ftp://files.example/) [y](file:///etc/passwd) ![z](https://evil.example/p.png) a\u202Eb\u200Bc\u{E0041}d';

describe('W3 hostile text in a real browser', function () {
  this.timeout(180_000);
  let world: BrowserWorld;
  let page: Page;
  const perReply = 8;
  const said = Array.from({ length: Math.ceil(samples.length / perReply) }, (_, index) =>
    samples.slice(index * perReply, (index + 1) * perReply).map((sample) => ({ say: `${sample}\n\n` })),
  );

  before(async () => {
    const asThought = samples.slice(0, 20).map((think) => ({ think }));
    const asTool = [
      { call: '<img src=x onerror=alert(1)>', args: { '<b>x</b>': samples[1] } },
      { call: 'read_file', args: { file_path: samples[1] } },
    ];
    const replies = [
      ...said,
      [...asThought, { say: 'thought' }],
      asTool,
      [{ say: 'tools are over' }],
      [{ say: links }],
    ];
    world = await BrowserWorld.open({ hostile: { replies } });
    page = await world.signIn();
  });
  after(() => world.close());

  it('does nothing but show, as text of the model, of people, as thoughts, as tools, as names', async () => {
    const session = await world.session('script-hostile', '<img src=x onerror=alert(1)>');
    await page.goto(`${world.server.url}/sessions/${session.session_id}`);
    await page.getByTestId('composer-input').waitFor();
    const before = await page.getByTestId('message').count();
    for (let index = 0; index < said.length + 2; index += 1) {
      await page.getByTestId('composer-input').fill(samples[index] ?? 'go on');
      await page.getByTestId('composer-input').press('Enter');
      await until('the answer', async () => (await page.getByTestId('message').count()) >= before + 2 * (index + 1));
    }
    await page.getByText('tools are over').waitFor();
    for (const thought of await page.getByTestId('thought').all()) await thought.getByRole('button').first().click();
    expect(world.incidents).to.deep.equal([]);
  });

  it('left no element that could act, fetch or cover the controls', async () => {
    const found = await page.getByTestId('chat-log').evaluate((log) => {
      const acting =
        'script,iframe,object,embed,form,link,meta,base,style,video,audio,template,marquee,math,[onerror],[onload],[onclick],[onfocus]';
      const inTexts = [...log.querySelectorAll('[data-test="message-text"]')];
      const elements = inTexts.flatMap((text) =>
        [...text.querySelectorAll(`${acting},img,svg,[style]`)].map((element) => element.outerHTML.slice(0, 100)),
      );
      const links = inTexts
        .flatMap((text) => [...text.querySelectorAll('a')])
        .filter((link) => !/^https?:\/\//.test(link.href) || !/noopener/.test(link.rel));
      return [...elements, ...links.map((link) => link.outerHTML)];
    });
    expect(found).to.deep.equal([]);
    await page.getByTestId('composer-input').click({ trial: true, timeout: 5000 });
  });

  it('does nothing wherever a stream is split, in every place of a Markdown text', async () => {
    const acting = await page.evaluate(`(${streamed})(${JSON.stringify(hostileMarkdown)})`);
    expect(acting).to.deep.equal([]);
    expect(world.incidents).to.deep.equal([]);
  });

  it('W4 links lead to the web only and name their host, what cannot be seen is shown, no picture is fetched', async () => {
    await page.getByTestId('composer-input').fill('links, please');
    await page.getByTestId('composer-input').press('Enter');
    const said = page.getByTestId('message-text').filter({ hasText: 'your bank' }).last();
    await said.waitFor();
    const text = await said.innerText();
    for (const shown of ['your bank (evil.example)', 'https://good.example/', 'z (evil.example)'])
      expect(text).to.include(shown);
    for (const hidden of ['\u202E', '\u200B', '\u{E0041}']) expect(text).to.not.include(hidden);
    expect(text).to.match(/a.+b.+c.+d/);
    const links = await said
      .locator('a')
      .evaluateAll((all) => all.map(({ href, rel }: { href: string; rel: string }) => `${href} ${rel}`));
    expect(links).to.deep.equal(
      ['https://evil.example/login', 'https://good.example/', 'https://evil.example/p.png'].map(
        (href) => `${href} noopener noreferrer`,
      ),
    );
    expect(await said.locator('img').count()).to.equal(0);
    expect(world.incidents).to.deep.equal([]);
  });

  it('shows a hostile name on the dashboard as a name', async () => {
    await page.goto(`${world.server.url}/`);
    await page.getByTestId('session-card').getByText('<img src=x onerror=alert(1)>').first().waitFor();
    expect(world.incidents).to.deep.equal([]);
  });
});

/** Runs in the page: draws each text in two pieces, split at every place, and gives what could act afterwards. */
const streamed = `async (texts) => {
  const found = new Set();
  const place = document.querySelector('main');
  for (const text of texts) {
    const elements = [];
    for (let at = 1; at < text.length; at += 1) {
      const element = document.createElement('mx-markdown');
      element.text = text.slice(0, at);
      place.append(element);
      elements.push(element);
    }
    await Promise.all(elements.map((element) => element.updateComplete));
    for (const element of elements) element.text = text;
    await Promise.all(elements.map((element) => element.updateComplete));
    for (const element of elements) {
      for (const one of element.querySelectorAll('script,iframe,object,embed,form,link,meta,base,style,video,audio,template,svg,math,img,[style],[onerror],[onload],[onclick],[onfocus]'))
        found.add(one.outerHTML.slice(0, 120));
      for (const link of element.querySelectorAll('a'))
        if (!/^https?:/.test(link.href) || !/noopener/.test(link.rel)) found.add(link.outerHTML.slice(0, 120));
      element.remove();
    }
  }
  return [...found];
}`;
