import { defineConfig } from 'vite';
import { fontPreload } from './vite/font-preload.js';
import { iconSprite } from './vite/icon-sprite.js';

/** The oldest browsers we serve; syntax and CSS are lowered to them. */
const browsers = ['chrome90', 'firefox88', 'safari14'];

export default defineConfig({
  root: import.meta.dirname,
  plugins: [iconSprite(), fontPreload()],
  build: {
    outDir: 'dist',
    target: browsers,
    cssTarget: browsers,
    // The policy of the server allows no inline script and no data: URL but for pictures.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
