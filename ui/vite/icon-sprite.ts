import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Plugin } from 'vite';
import { icons } from '../src/icons/names.js';

const require = createRequire(import.meta.url);

/** The drawing inside an icon file of lucide, without its frame. */
function drawing(name: string): string {
  const file = readFileSync(require.resolve(`lucide-static/icons/${name}.svg`), 'utf8');
  const inner = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(file)?.[1];
  if (inner === undefined) throw new Error(`lucide-static/icons/${name}.svg is not an SVG file`);
  return inner.replace(/\s+/g, ' ').trim();
}

/** Puts the outlines the interface names into the page as symbols, so `<use href="#i-plus">` needs no request. */
export function iconSprite(): Plugin {
  const symbols = () =>
    icons.map((name) => `<symbol id="i-${name}" viewBox="0 0 24 24">${drawing(name)}</symbol>`).join('');
  return {
    name: 'maestro-icon-sprite',
    transformIndexHtml: (page) =>
      page.replace('<!-- icons -->', `<svg class="sprite" aria-hidden="true">${symbols()}</svg>`),
  };
}
