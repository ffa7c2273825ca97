import type { ApprovalPolicy } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { app, messageOf } from '../state/app.js';
import { plural } from '../text/format.js';
import { sentence } from '../text/sentence.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-directory-picker.js';
import './mx-field.js';
import type { FieldMarks } from './mx-field.js';
import './mx-options.js';

const policies: { value: ApprovalPolicy; label: string; text: string }[] = [
  { value: 'allow', label: 'Everything', text: 'No questions. They work until they are done.' },
  { value: 'ask', label: 'Only read', text: 'They ask before each write and each command.' },
  { value: 'plan', label: 'Only plan', text: 'They read and propose; nothing is changed.' },
];

/** Second step: the directory agents work in, and what they may do there. */
@customElement('mx-setup-project')
export class MxSetupProject extends MaestroElement {
  @property() directory = '';
  @property() policy: ApprovalPolicy = 'allow';
  @state() private path = '';
  @state() private chosen: ApprovalPolicy = 'allow';
  @state() private browsing = false;
  @state() private problem = '';
  @state() private facts: { hasGit: boolean; folders: number } | null = null;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('policy')) this.chosen = this.policy;
    if (changed.has('directory')) {
      this.path = this.directory;
      void this.#look(this.directory === '' ? undefined : this.directory);
    }
  }

  override render() {
    return html`<mx-field label="Working directory" test="setup-directory" .value=${this.path} .error=${this.problem} .control=${this.#control}></mx-field>
      ${this.browsing ? html`<mx-directory-picker .path=${this.path} @mx-pick=${this.#onPick}></mx-directory-picker>` : nothing}
      ${this.facts === null ? nothing : this.#facts(this.facts)}
      <h2 class="setup-h">What may agents do without asking?</h2>
      <mx-options label="What may agents do without asking?" .options=${policies} .value=${this.chosen} @change=${this.#onPolicy}></mx-options>`;
  }

  #control = ({ id, invalid, describedBy }: FieldMarks) => html`<div class="row">
    <input class="input mono" id=${id} data-test="setup-directory" autocomplete="off" spellcheck="false" aria-invalid=${invalid ? 'true' : 'false'} aria-describedby=${describedBy || nothing} .value=${this.path} @input=${this.#onInput} @change=${this.#onDone}>
    <button type="button" class="btn btn-lg" aria-expanded=${this.browsing ? 'true' : 'false'} data-test="setup-browse" @click=${this.#browse}>${icon('folder-open', 's')}Browse</button>
  </div>`;

  #facts({ hasGit, folders }: { hasGit: boolean; folders: number }) {
    return html`<ul class="card facts" data-test="setup-facts">
      <li><span class=${hasGit ? 'c-ok' : 'c-warn'}>${icon(hasGit ? 'circle-check' : 'circle-alert')}</span>${hasGit ? 'Git repository' : 'No Git repository'}<span class="push t2">${hasGit ? 'changes can be told apart' : 'changes cannot be undone by Git'}</span></li>
      <li><span class="c-ok">${icon('circle-check')}</span>Can be read<span class="push t2 num">${plural(folders, 'folder')}</span></li>
    </ul>`;
  }

  /** What was chosen, or nothing where the directory is none. */
  async take(): Promise<{ directory: string; policy: ApprovalPolicy } | undefined> {
    const directory = await this.#look(this.path === '' ? undefined : this.path);
    if (directory === undefined) {
      this.find('input')?.focus();
      return undefined;
    }
    return { directory, policy: this.chosen };
  }

  async #look(path: string | undefined): Promise<string | undefined> {
    try {
      const listing = await app.rest.directories(path, true);
      const names = listing.entries.map(({ name }) => name);
      this.facts = { hasGit: names.includes('.git'), folders: names.filter((name) => !name.startsWith('.')).length };
      this.problem = '';
      if (this.path === '') this.path = listing.path;
      return listing.path;
    } catch (error) {
      this.facts = null;
      this.problem = sentence(messageOf(error));
      return undefined;
    }
  }

  #onInput = (event: Event): void => {
    this.path = (event.target as HTMLInputElement).value.trim();
  };

  #onDone = (): void => {
    if (this.path !== '') void this.#look(this.path);
  };

  #onPick(event: CustomEvent<{ path: string }>): void {
    this.path = event.detail.path;
    void this.#look(this.path);
  }

  #onPolicy(event: CustomEvent<{ value: string }>): void {
    this.chosen = event.detail.value as ApprovalPolicy;
  }

  #browse = (): void => {
    this.browsing = !this.browsing;
  };
}
