import { Marked, type Token, type Tokens } from 'marked';
import { visible } from './visible.js';

/** What survives of rendered Markdown; everything else is dropped by the sanitiser. */
export const allowed = {
  tags: [
    ...['a', 'blockquote', 'br', 'code', 'del', 'em', 'h3', 'h4', 'h5', 'h6', 'hr', 'li', 'ol', 'p', 'pre', 'span'],
    ...['strong', 'table', 'tbody', 'td', 'th', 'thead', 'tr', 'ul', 'div'],
  ],
  attributes: ['href', 'rel', 'target', 'class', 'start', 'tabindex', 'scope', 'title', 'data-language'],
  /** Addresses a link may have: the web only. */
  addresses: /^https?:\/\//i,
} as const;

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

const marked = new Marked({
  gfm: true,
  breaks: false,
  async: false,
  renderer: {
    /** Raw HTML is text. It never reaches a parser as HTML, whatever the sanitiser would make of it. */
    html: ({ text }) => escapeHtml(text),
    /** The page owns the first two levels of headings. */
    heading({ tokens, depth }) {
      const level = Math.min(6, depth + 2);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>`;
    },
    code: ({ text, lang }) => codeBlock(text, lang),
    codespan: ({ text }) => `<code>${escapeHtml(text)}</code>`,
    link({ href, tokens }) {
      const inner = this.parser.parseInline(tokens);
      return link(href, inner);
    },
    /** No picture is fetched because a model wrote its address: it becomes a link to follow by hand. */
    image: ({ href, text }) => link(href, escapeHtml(text || 'image')),
    checkbox: ({ checked }) => (checked ? '[x] ' : '[ ] '),
    table(token) {
      return table(token, (tokens) => this.parser.parseInline(tokens));
    },
  },
});

function codeBlock(text: string, language = ''): string {
  const name = /^[\w+#.-]{1,30}/.exec(language)?.[0];
  const attribute = name === undefined ? '' : ` data-language="${escapeHtml(name)}"`;
  return `<pre class="code" tabindex="0"${attribute}><code>${escapeHtml(text)}</code></pre>`;
}

function table(token: Tokens.Table, inline: (tokens: Token[]) => string): string {
  const row = (cells: Tokens.TableCell[], tag: 'th' | 'td') =>
    `<tr>${cells.map((cell) => `<${tag}${aligned(cell)}>${inline(cell.tokens)}</${tag}>`).join('')}</tr>`;
  const body = token.rows.map((cells) => row(cells, 'td')).join('');
  return `<div class="md-table" tabindex="0"><table><thead>${row(token.header, 'th')}</thead><tbody>${body}</tbody></table></div>`;
}

function aligned({ align }: Tokens.TableCell): string {
  return align === 'right' || align === 'center' ? ` class="to-${align}"` : '';
}

/** A link names the host it leads to, unless its own words already do; anything but the web is plain text. */
function link(href: string, inner: string): string {
  const address = webAddress(href);
  if (address === null) return inner;
  const words = inner.replace(/<[^>]*>/g, '').trim();
  const named = webAddress(words)?.host === address.host;
  const host = named ? '' : ` <span class="host">(${escapeHtml(address.host)})</span>`;
  return `<a href="${escapeHtml(address.href)}" rel="noopener noreferrer" target="_blank">${inner}</a>${host}`;
}

function webAddress(href: string): URL | null {
  if (!allowed.addresses.test(href)) return null;
  try {
    return new URL(href);
  } catch {
    return null;
  }
}

/** A top-level block of Markdown: a paragraph, a list, a code block. */
export interface Block {
  source: string;
  /** The text of a code block, which grows by appending. */
  code: { text: string; language: string } | null;
}

/** The blocks of a text in order; blank lines between them belong to none. */
export function blocks(source: string): Block[] {
  return marked.lexer(source).flatMap((token) => {
    if (token.type === 'space') return [];
    const code = token.type === 'code' ? { text: String(token.text), language: String(token.lang ?? '') } : null;
    return [{ source: token.raw, code }];
  });
}

/** Markdown as HTML in which nothing of the text is markup of its own. Still to be sanitised before use. */
export function renderMarkdown(source: string): string {
  return marked.parse(visible(source), { async: false });
}
