import type { Plugin } from 'vite';

/** The face of the interface is fetched with the page, not once its style sheet has come: the text does not jump. */
export function fontPreload(): Plugin {
  return {
    name: 'maestro-font-preload',
    enforce: 'post',
    transformIndexHtml: (page, { bundle = {} }) => {
      const font = Object.keys(bundle).find((name) => /\/inter-latin-[^/]*\.woff2$/.test(name));
      if (font === undefined) return page;
      const link = `<link rel="preload" href="/${font}" as="font" type="font/woff2" crossorigin>`;
      return page.replace('<link rel="stylesheet"', `${link}\n    <link rel="stylesheet"`);
    },
  };
}
