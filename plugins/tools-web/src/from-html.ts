import Turndown from 'turndown';

/** Elements as Markdown, tables included. Characters are not escaped: it is read, not rendered. */
export const toMarkdown = writer((turndown) => {
  turndown.addRule('link', {
    filter: (node) => node.nodeName === 'A',
    replacement: (content, node) => {
      const href = (node as Element).getAttribute('href');
      const words = content.trim().replace(/\s+/g, ' ');
      return href && words ? `[${words}](${href})` : content;
    },
  });
  turndown.addRule('picture', {
    filter: 'img',
    replacement: (_content, node) => {
      const [alt = '', source] = ['alt', 'src'].map((name) => (node as Element).getAttribute(name)?.trim() ?? '');
      return source && alt ? `![${alt.replace(/\s+/g, ' ')}](${source})` : alt;
    },
  });
});

/** The same as plain text: without marks, without where links lead. */
export const toText = writer((turndown) => {
  turndown.addRule('plain', { filter: ['a', 'em', 'i', 'strong', 'b', 'code'], replacement: (content) => content });
  turndown.addRule('picture', {
    filter: 'img',
    replacement: (_content, node) => (node as Element).getAttribute('alt') ?? '',
  });
  turndown.addRule('heading', {
    filter: ['h1', 'h2', 'h3', 'h4', 'h5', 'h6'],
    replacement: (content) => `\n\n${content}\n\n`,
  });
});

function writer(adapt: (turndown: Turndown) => void): (element: Element) => string {
  const turndown = new Turndown({ headingStyle: 'atx' });
  turndown.escape = (text) => text;
  addCode(turndown);
  addLists(turndown);
  addTables(turndown);
  adapt(turndown);
  return (element) => turndown.turndown(element as HTMLElement);
}

/** Code as it stands, also where no `code` is within the `pre`. */
function addCode(turndown: Turndown): void {
  turndown.addRule('code block', {
    filter: 'pre',
    replacement: (_content, node) => {
      const code = (node as Element).textContent?.replace(/^\n|\s+$/g, '') ?? '';
      const within = (node as Element).querySelector('code')?.className ?? '';
      const language = /\blang(?:uage)?-([\w+#-]+)/.exec(`${within} ${(node as Element).className}`)?.[1] ?? '';
      // Longer than any fence within.
      const fence = '`'.repeat(Math.max(3, ...[...code.matchAll(/`{3,}/g)].map(([ticks]) => ticks.length + 1)));
      return code === '' ? '' : `\n\n${fence}${language}\n${code}\n${fence}\n\n`;
    },
  });
}

function addLists(turndown: Turndown): void {
  /** How many items of a list came; they come in order. */
  const counts = new WeakMap<object, number>();
  turndown.addRule('item', {
    filter: 'li',
    replacement: (content, node) => {
      const list = node.parentNode as Element | null;
      const count = (list && counts.get(list)) ?? 0;
      if (list) counts.set(list, count + 1);
      const start = Number(list?.getAttribute?.('start') ?? 1) || 1;
      const mark = list?.nodeName === 'OL' ? `${start + count}. ` : '- ';
      const lines = content
        .trim()
        .replace(/\n[ \t]*\n\s*\n/g, '\n\n')
        .split('\n');
      const indent = ' '.repeat(mark.length);
      return `${mark}${lines.map((line, index) => (index > 0 && line ? indent + line : line)).join('\n')}\n`;
    },
  });
}

function addTables(turndown: Turndown): void {
  turndown.addRule('cell', {
    filter: ['th', 'td'],
    replacement: (content) =>
      ` ${content
        .trim()
        .replace(/\s*\n\s*/g, ' ')
        .replaceAll('|', '\\|')} |`,
  });
  turndown.addRule('row', {
    filter: 'tr',
    replacement: (content, node) => {
      const cells = [...(node as Element).children].filter(({ nodeName }) => /^T[HD]$/.test(nodeName));
      const isFirst = (node as Element).closest('table')?.querySelector('tr') === node;
      return `|${content}\n${isFirst ? `|${' --- |'.repeat(cells.length)}\n` : ''}`;
    },
  });
  turndown.addRule('rows', { filter: ['thead', 'tbody', 'tfoot'], replacement: (content) => content });
  turndown.addRule('table', { filter: 'table', replacement: (content) => `\n\n${content}\n\n` });
}
