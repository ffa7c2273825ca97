import { isProbablyReaderable, Readability } from '@mozilla/readability';
import { parseHTML } from 'linkedom';
import { toMarkdown, toText } from './from-html.js';

export type Format = 'markdown' | 'text';

export interface Readable {
  title: string;
  text: string;
}

/** What is not read by people. */
const unseen = 'script, style, template, noscript, svg, iframe, object, [hidden]';
/** Longer pages are given whole: to weigh what is their matter takes longer with every element. */
const mostWeighed = 10_000;

/**
 * A page as people read it: its matter where that can be told from what surrounds it, else all of it. Runs long on
 * large pages, and without end on hostile ones: see `PageReader`.
 *
 * @param url what links are relative to
 */
export function readable(html: string, url: string, format: Format): Readable {
  const document = documentOf(html);
  for (const element of document.querySelectorAll(unseen)) element.remove();
  resolveLinks(document, url);
  const title = document.querySelector('title')?.textContent?.trim().replace(/\s+/g, ' ') ?? '';
  // Where the outermost elements are not written, it stands among the rest.
  document.querySelector('body title')?.remove();
  const whole = document.body ?? document.documentElement;
  const matter = matterOf(document);
  const write = format === 'markdown' ? toMarkdown : toText;
  return { title: (matter?.title || title).slice(0, 300), text: write(matter?.element ?? whole) };
}

/** A page need not have its outermost elements written. */
function documentOf(html: string): Document {
  const isWhole = /<html[\s>]/i.test(html) && /<body[\s>]/i.test(html);
  return parseHTML(isWhole ? html : `<html><body>${html}</body></html>`).document as unknown as Document;
}

function matterOf(document: Document): { title: string; element: Element } | undefined {
  if (document.querySelectorAll('*').length > mostWeighed || !isProbablyReaderable(document)) return undefined;
  // It takes the document apart, so it gets one of its own.
  const copy = document.cloneNode(true) as Document;
  const article = new Readability<Element>(copy, { keepClasses: true, serializer: (node) => node as Element }).parse();
  return article?.content ? { title: article.title ?? '', element: article.content } : undefined;
}

/** What leads nowhere else, such as to a place on the page itself, is no link. */
function resolveLinks(document: Document, url: string): void {
  const here = URL.parse(url)?.href.replace(/#.*/, '');
  const base = URL.parse(document.querySelector('base[href]')?.getAttribute('href') ?? '', url)?.href ?? url;
  for (const [selector, name] of [
    ['a[href]', 'href'],
    ['img[src]', 'src'],
  ] as const) {
    for (const element of document.querySelectorAll(selector)) {
      const target = URL.parse(element.getAttribute(name) ?? '', base);
      const isElsewhere = target && target.href.replace(/#.*/, '') !== here;
      if (isElsewhere && /^(https?|mailto):$/.test(target.protocol)) element.setAttribute(name, target.href);
      else element.removeAttribute(name);
    }
  }
}
