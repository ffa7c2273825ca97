import type { McpImport } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { app, messageOf } from '../state/app.js';
import { plural } from '../text/format.js';
import { sentence } from '../text/sentence.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-dialog.js';

/** MCP servers out of a configuration file of another program: looked at first, then added. Tells `mx-close`, `mx-imported`. */
@customElement('mx-mcp-import')
export class MxMcpImport extends MaestroElement {
  @state() private file = '';
  @state() private text = '';
  @state() private found: McpImport | null = null;
  @state() private problem = '';
  @state() private isBusy = false;

  override render() {
    return html`<mx-dialog heading="Import servers" test="mcp-import" .content=${this.#content()}></mx-dialog>`;
  }

  #content() {
    const fresh = this.found?.items.filter(({ state }) => state === 'new').length ?? 0;
    return html`<form class="dlg-form" @submit=${this.#submit}>
      <div class="dlg-b col">
        <p class="t2">A JSON or TOML file with <span class="mono">mcpServers</span>, <span class="mono">servers</span> or <span class="mono">mcp_servers</span>. Keys in it are stored sealed.</p>
        <div class="field"><label class="label" for="import-file">File</label><input class="input file-in" id="import-file" type="file" accept=".json,.toml,application/json" data-test="import-file" data-autofocus @change=${this.#onFile}></div>
        <div class="field"><label class="label" for="import-text">Or paste it</label><textarea class="input mono prompt" id="import-text" rows="8" spellcheck="false" data-test="import-text" aria-invalid=${this.problem === '' ? 'false' : 'true'} aria-describedby=${this.problem === '' ? nothing : 'import-problem'} .value=${this.text} @input=${this.#onText}></textarea></div>
        ${this.problem === '' ? nothing : html`<p class="problem" id="import-problem" role="alert" data-test="import-problem">${icon('circle-alert', 's')}<span>${this.problem}</span></p>`}
        ${this.found ? this.#table(this.found) : nothing}
      </div>
      <div class="dlg-f">
        <button type="button" class="btn btn-lg btn-g push" @click=${() => this.emit('mx-close')}>Cancel</button>
        <button type="submit" class="btn btn-lg btn-p" data-test="import-go" aria-disabled=${this.isBusy || (this.found && fresh === 0) ? 'true' : 'false'}>${this.found ? `Add ${plural(fresh, 'server')}` : 'Look'}</button>
      </div>
    </form>`;
  }

  #table({ items }: McpImport) {
    return html`<table class="tbl tbl-s tbl-bare tbl-fixed" data-test="import-found">
      <thead><tr><th scope="col">Server</th><th scope="col">Where</th><th scope="col" class="r w-5">State</th></tr></thead>
      <tbody>${items.map(
        ({ name, where, state }) => html`<tr class=${state === 'exists' ? 'off' : ''}>
          <th scope="row" class="trunc">${visible(name)}</th>
          <td class="mono t12 trunc" title=${visible(where)}>${visible(where)}</td>
          <td class="r">${state === 'exists' ? 'Exists' : 'New'}</td>
        </tr>`,
      )}</tbody>
    </table>`;
  }

  #onText = (event: Event): void => {
    this.#take((event.target as HTMLTextAreaElement).value, '');
  };

  #onFile = async (event: Event): Promise<void> => {
    const [file] = (event.target as HTMLInputElement).files ?? [];
    if (file) this.#take(await file.text(), file.name);
  };

  #take(text: string, file: string): void {
    this.text = text;
    this.file = file;
    this.found = null;
    this.problem = '';
  }

  #submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.isBusy) return;
    if (this.text.trim() === '') {
      this.problem = 'Choose a file or paste its text.';
      return;
    }
    const add = this.found !== null;
    if (add && !this.found?.items.some(({ state }) => state === 'new')) return;
    this.isBusy = true;
    this.problem = '';
    try {
      this.found = await app.rest.importMcpServers(this.file || pastedName(this.text), this.text, add);
      if (add) this.emit('mx-imported', { count: this.found.items.filter(({ state }) => state === 'added').length });
    } catch (error) {
      this.problem = sentence(messageOf(error));
    }
    this.isBusy = false;
  };
}

/** What was pasted has no name that says what it is written in. */
const pastedName = (text: string) =>
  /^\s*(?:\[|[\w.-]+\s*=|#)/.test(text) && !/^\s*\[\s*[{"\]]/.test(text) ? 'pasted.toml' : 'pasted.json';
