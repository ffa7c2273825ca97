import { ReactiveElement } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import { type Block, blocks } from '../text/markdown.js';
import { fillWithMarkdown } from '../text/safe-html.js';
import { visible } from '../text/visible.js';
import { dressCode } from './code-blocks.js';

interface Drawn {
  element: HTMLElement;
  block: Block;
}

/**
 * Markdown that may still be growing. What is followed by another block is finished and never touched again; only
 * the last block is looked at again, and of that only what is new is added.
 */
@customElement('mx-markdown')
export class MxMarkdown extends ReactiveElement {
  @property({ attribute: false }) text = '';
  @property({ type: Boolean }) live = false;
  #shown = '';
  /** How much of the text the finished blocks cover. */
  #finished = 0;
  #tail: Drawn[] = [];

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.classList.add('md');
  }

  protected override update(changed: Map<PropertyKey, unknown>): void {
    super.update(changed);
    if (this.text !== this.#shown) this.#draw();
    else if (changed.has('live')) this.#dress();
    this.#placeCaret();
  }

  #draw(): void {
    if (!this.text.startsWith(this.#shown)) this.#clear();
    this.querySelector('.caret')?.remove();
    this.#shown = this.text;
    const found = blocks(this.text.slice(this.#finished));
    for (const [index, block] of found.entries()) this.#drawTail(block, index);
    for (const { element } of this.#tail.splice(found.length)) element.remove();
    this.#dress();
    this.#finish();
  }

  #drawTail(block: Block, index: number): void {
    const drawn = this.#tail[index];
    if (!drawn) {
      const element = document.createElement('div');
      element.className = 'md-block';
      fillWithMarkdown(element, block.source);
      this.append(element);
      this.#tail.push({ element, block });
    } else if (drawn.block.source !== block.source) {
      if (!appendCode(drawn, block)) fillWithMarkdown(drawn.element, block.source);
      drawn.block = block;
    }
  }

  /** Code that is complete gets its head and its colours. */
  #dress(): void {
    if (!this.live) dressCode(this);
    else for (const { element } of this.#tail.slice(0, -1)) dressCode(element);
  }

  /** All but the last block stand for good. */
  #finish(): void {
    const last = this.#tail.at(-1);
    if (this.#tail.length < 2 || !last) return;
    const at = this.text.lastIndexOf(last.block.source);
    if (at < this.#finished) return;
    this.#finished = at;
    this.#tail = [last];
  }

  #clear(): void {
    this.replaceChildren();
    this.#tail = [];
    this.#finished = 0;
  }

  #placeCaret(): void {
    const caret = this.querySelector('.caret');
    if (!this.live) {
      caret?.remove();
      return;
    }
    const place = deepestLast(this.#tail.at(-1)?.element ?? this);
    if (caret?.parentElement === place && !caret.nextSibling) return;
    const mark = caret ?? document.createElement('span');
    mark.className = 'caret';
    mark.setAttribute('aria-hidden', 'true');
    place.append(mark);
  }
}

/** Whether the block is the drawn code block with more text, which is then appended. */
function appendCode(drawn: Drawn, block: Block): boolean {
  const before = drawn.block.code;
  const code = drawn.element.querySelector('pre > code');
  if (!before || !block.code || !code || before.language !== block.code.language) return false;
  if (!block.code.text.startsWith(before.text)) return false;
  code.append(document.createTextNode(visible(block.code.text.slice(before.text.length))));
  return true;
}

const containers = new Set('P LI UL OL PRE BLOCKQUOTE DIV H3 H4 H5 H6 TABLE TBODY TR TD'.split(' '));

/** The innermost element at the end of the text, where the caret belongs. */
function deepestLast(root: HTMLElement): HTMLElement {
  let place = root;
  for (;;) {
    const last = [...place.childNodes].filter(isText).at(-1);
    const isCode = place.tagName === 'PRE' && last instanceof HTMLElement;
    if (!(last instanceof HTMLElement) || !(isCode || containers.has(last.tagName))) return place;
    place = last;
  }
}

function isText(node: Node): boolean {
  if (node instanceof HTMLElement) return !node.classList.contains('caret');
  return (node.textContent ?? '').trim() !== '';
}
