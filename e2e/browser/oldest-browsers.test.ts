import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { type Node, parse } from 'acorn';
import { simple } from 'acorn-walk';
import { expect } from 'chai';
import { transform } from 'lightningcss';
import { BrowserWorld } from '../support/browser-world.js';
import { pagePaths } from '../support/journey.js';
import { repository } from '../support/maestro-process.js';
import { compatData, isOldEnough, newerNames, takeAway } from '../support/oldest-browsers.js';

const assets = path.join(repository, 'ui', 'dist', 'assets');
const built = (ending: string) =>
  readdirSync(assets)
    .filter((name) => name.endsWith(ending))
    .map((name) => ({ name, text: readFileSync(path.join(assets, name), 'utf8') }));

/** Nicer where it is known, and nothing is missing where it is not. */
const enhancements = new Set([
  'color-scheme',
  'contain',
  'contain-intrinsic-size',
  'content-visibility',
  'field-sizing',
  'forced-color-adjust',
  'overflow-anchor',
  'overscroll-behavior',
  'scroll-behavior',
  'scrollbar-color',
  'scrollbar-width',
  'text-size-adjust',
]);

/** Texts of patterns that are made only where the browser has shown that it can: the Markdown parser asks first. */
const guarded = new Set(['(?<!`)()']);

describe('Chrome 90, Firefox 88 and Safari 14', function () {
  this.timeout(120_000);

  it('can read every script: no syntax that one of them lacks', () => {
    const scripts = built('.js');
    expect(scripts).to.not.be.empty;
    const faults: string[] = [];
    for (const { name, text } of scripts) {
      // Fields of classes came later to one of them, so nothing after 2021.
      const program = parse(text, { ecmaVersion: 2021, sourceType: 'module' });
      simple(program, { Literal: (node) => faults.push(...lookbehinds(name, node)) });
    }
    expect(faults).to.deep.equal([]);
  });

  it('know every property of the style sheets, or lose nothing without it', () => {
    const sheets = built('.css');
    expect(sheets).to.not.be.empty;
    const faults = new Set<string>();
    for (const { name, text } of sheets) {
      for (const [unknown] of text.matchAll(
        /:has\(|@container|@layer|color-mix\(|oklch\(|[{;]inset:|\d[dsl]v[hw]\b|&[ :.>]/g,
      ))
        faults.add(`${name}: ${unknown}`);
      transform({
        filename: name,
        code: Buffer.from(text),
        visitor: {
          Declaration(declaration) {
            const property = declaration.property === 'custom' ? declaration.value.name : declaration.property;
            const known = compatData.css.properties?.[property];
            if (
              known &&
              !isOldEnough(known, (prefix) => text.includes(`${prefix}${property}:`)) &&
              !enhancements.has(property)
            )
              faults.add(`${name}: ${property}`);
          },
        },
      });
    }
    expect([...faults]).to.deep.equal([]);
  });

  it('have what the pages call: a session runs although all newer methods are taken away', async () => {
    const names = newerNames();
    expect(names).to.include.members(['Array.at', 'Object.hasOwn', 'structuredClone', 'Crypto.randomUUID']);
    const world = await BrowserWorld.open({
      old: {
        replies: [
          [{ think: 'Hm.' }, { say: 'Some **bold** text and `code`.' }, { call: 'list_directory', args: {} }],
          [{ say: 'All listed.' }],
        ],
      },
    });
    try {
      await world.context.addInitScript(takeAway, names);
      const page = await world.signIn();
      expect(await page.evaluate('[typeof structuredClone, typeof crypto.randomUUID]')).to.deep.equal([
        'undefined',
        'undefined',
      ]);
      const session = await world.session('script-old', 'Elder');
      await page.getByText('Elder').first().waitFor();
      await page.goto(`${world.server.url}/sessions/${session.session_id}`);
      await page.getByTestId('composer-input').fill('hello');
      await page.getByTestId('composer-input').press('Enter');
      await page.getByText('All listed.').waitFor();
      expect(await page.locator('strong').first().innerText()).to.equal('bold');
      for (const place of pagePaths) {
        await page.goto(world.server.url + place);
        await page.locator('main h1').first().waitFor();
      }
      expect(world.incidents).to.deep.equal([]);
    } finally {
      await world.close();
    }
  });
});

/** Safari 14 refuses the whole file for one of these. */
function lookbehinds(name: string, node: Node & { regex?: { pattern: string }; value?: unknown }): string[] {
  const pattern = node.regex?.pattern ?? (typeof node.value === 'string' ? node.value : '');
  return /\(\?<[=!]/.test(pattern) && !guarded.has(pattern) ? [`${name}: ${pattern.slice(0, 80)}`] : [];
}
