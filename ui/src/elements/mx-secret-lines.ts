import { html, nothing } from 'lit';
import { customElement, property } from 'lit/decorators.js';
import type { SecretLine } from '../text/mcp-draft.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';

/** Names with values that are written and never read. Tells `mx-lines` with all of them. */
@customElement('mx-secret-lines')
export class MxSecretLines extends MaestroElement {
  @property() label = '';
  /** What one of them is called, such as `variable`. */
  @property() one = '';
  @property() example = '';
  @property() problem = '';
  @property() test = 'secrets';
  @property({ attribute: false }) lines: readonly SecretLine[] = [];

  override render() {
    return html`<div class="field" role="group" aria-label=${this.label} data-test=${this.test}>
      <span class="label">${this.label}<span class="t3"> stored sealed, never shown again</span></span>
      ${this.lines.map((line, index) => this.#line(line, index))}
      ${this.problem === '' ? nothing : html`<p class="problem" role="alert" data-test="${this.test}-error">${icon('circle-alert', 's')}<span>${this.problem}</span></p>`}
      <div><button type="button" class="btn btn-s" data-test="${this.test}-add" @click=${this.#add}>${icon('plus', 's')}Add ${this.one}</button></div>
    </div>`;
  }

  #line({ name, value, isSaved }: SecretLine, index: number) {
    const shown = name === '' ? `${this.one} ${index + 1}` : visible(name);
    return html`<div class="row secret-line">
      <input class="input mono t12" aria-label="Name of ${this.one} ${index + 1}" placeholder=${this.example} autocomplete="off" spellcheck="false" ?readonly=${isSaved} data-test="${this.test}-name" .value=${name} @input=${(event: Event) => this.#set(index, { name: textOf(event) })}>
      <input class="input mono t12" type="password" aria-label="Value of ${shown}" placeholder=${isSaved ? 'Saved; type to replace' : 'Value'} autocomplete="new-password" spellcheck="false" data-test="${this.test}-value" .value=${value} @input=${(event: Event) => this.#set(index, { value: textOf(event) })}>
      <button type="button" class="btn btn-s btn-g btn-i" aria-label="Remove ${shown}" data-test="${this.test}-remove" @click=${() => this.#remove(index)}>${icon('x', 's')}</button>
    </div>`;
  }

  #set(index: number, change: Partial<SecretLine>): void {
    this.#tell(this.lines.map((line, at) => (at === index ? { ...line, ...change } : line)));
  }

  #add = (): void => {
    this.#tell([...this.lines, { name: '', value: '', isSaved: false }]);
    this.#focus(`[data-test="${this.test}-name"]`, this.lines.length);
  };

  #remove(index: number): void {
    this.#tell(this.lines.filter((_, at) => at !== index));
    this.#focus(`[data-test="${this.test}-add"]`, 0);
  }

  #tell(lines: readonly SecretLine[]): void {
    this.emit('mx-lines', { lines });
  }

  /** Once its owner has drawn what was told. */
  #focus(selector: string, index: number): void {
    requestAnimationFrame(() => this.querySelectorAll<HTMLElement>(selector)[index]?.focus());
  }
}

const textOf = (event: Event) => (event.target as HTMLInputElement).value;
