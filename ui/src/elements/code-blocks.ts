import { languageOf, type Token } from '../text/syntax.js';
import { visible } from '../text/visible.js';
import { copyText } from './copy-button.js';

/** Gives each code block of finished Markdown a head with its language and a way to copy it, and then colours. */
export function dressCode(root: HTMLElement): void {
  for (const pre of root.querySelectorAll<HTMLElement>('pre.code')) {
    if (pre.parentElement?.classList.contains('md-code')) continue;
    const code = pre.querySelector('code');
    if (!code) continue;
    const text = code.textContent ?? '';
    const name = pre.dataset.language ?? '';
    const box = document.createElement('div');
    box.className = 'md-code';
    pre.replaceWith(box);
    box.append(headOf(name, text), pre);
    void colour(code, text, name);
  }
}

function headOf(name: string, text: string): HTMLElement {
  const head = document.createElement('div');
  head.className = 'md-code-h';
  const label = document.createElement('span');
  label.textContent = visible(name);
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'btn btn-g btn-s push';
  button.dataset.test = 'copy-code';
  button.setAttribute('aria-label', name === '' ? 'Copy code' : `Copy ${visible(name)} code`);
  button.textContent = 'Copy';
  button.addEventListener('click', () => void copyText(text, 'Code'));
  head.append(label, button);
  return head;
}

async function colour(code: HTMLElement, text: string, name: string): Promise<void> {
  const language = languageOf(name);
  if (language === null) return;
  const loaded = await import('../text/highlighter.js').catch(() => null);
  const tokens = loaded?.highlighted(text, language);
  // Nothing was written into it meanwhile.
  if (tokens && code.textContent === text) code.replaceChildren(...tokens.map(nodeOf));
}

function nodeOf({ text, kind }: Token): Node {
  if (kind === '') return document.createTextNode(text);
  const span = document.createElement('span');
  span.className = kind;
  span.textContent = text;
  return span;
}
