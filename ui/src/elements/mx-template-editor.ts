import type { TemplateResource } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { app, messageOf } from '../state/app.js';
import { LeaveGuard } from '../state/leave-guard.js';
import { paths } from '../state/route.js';
import { saveFile } from '../state/save-file.js';
import { lists } from '../state/settings-lists.js';
import { sentence } from '../text/sentence.js';
import {
  agentToolName,
  copyName,
  emptyTemplate,
  isSameDraft,
  type TemplateDraft,
  type TemplateFaults,
  templateBody,
  templateDraft,
  templateFaults,
} from '../text/template-draft.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import './mx-dialog.js';
import './mx-template-form.js';

/** Keeps what is written of a template until it is saved or thrown away, and asks before it is lost. */
@customElement('mx-template-editor')
export class MxTemplateEditor extends MaestroElement {
  /** Null: a new one. */
  @property({ attribute: false }) template: TemplateResource | null = null;
  /** What a new one begins with. */
  @property({ attribute: false }) seed: TemplateDraft = emptyTemplate;
  /** Of all templates. */
  @property({ attribute: false }) names: readonly string[] = [];
  @state() private draft: TemplateDraft = emptyTemplate;
  /** What the draft is a change of. */
  @state() private base: TemplateDraft = emptyTemplate;
  @state() private faults: TemplateFaults = {};
  @state() private problem = '';
  @state() private isSaving = false;
  @state() private asks: 'leave' | 'delete' | null = null;
  #guard = new LeaveGuard(this, {
    isDirty: () => this.isEdited,
    ask: () => this.#ask('leave'),
  });

  get isEdited(): boolean {
    return !isSameDraft(this.draft, this.base);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    window.addEventListener('keydown', this.#onKey);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.removeEventListener('keydown', this.#onKey);
  }

  override focus(): void {
    void this.updateComplete.then(() => requestAnimationFrame(() => this.find('[data-test="template-name"]')?.focus()));
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('template')) this.#follow(changed.get('template'));
    else if (changed.has('seed') && this.template === null) this.#begin(this.seed);
    if (changed.has('seed') || changed.has('template')) this.isSaving = false;
  }

  override render() {
    return html`<mx-template-form
        .template=${this.template}
        .draft=${this.draft}
        .faults=${this.faults}
        .edited=${this.isEdited}
        .saving=${this.isSaving}
        .problem=${this.problem}
        .notice=${this.#notice()}
        @mx-draft=${this.#change}
        @mx-save=${this.#save}
        @mx-discard=${this.#discard}
        @mx-duplicate=${this.#duplicate}
        @mx-export=${this.#export}
        @mx-delete=${() => this.#ask('delete')}
      ></mx-template-form>
      ${this.asks === 'leave' ? this.#leaving() : this.asks === 'delete' ? this.#deleting() : nothing}`;
  }

  #notice(): string {
    if (this.template?.source === 'file')
      return `This template is the file ${visible(this.template.path ?? '')}. Change it there, or duplicate it.`;
    if (this.#isBehind())
      return 'Somebody else has changed this template meanwhile. Saving puts yours in its place; Discard shows theirs.';
    if (this.template?.source === 'shipped') return 'This one comes with Maestro. Your first change makes it yours.';
    return '';
  }

  /** Whether what is saved is no longer what was changed here. */
  #isBehind(): boolean {
    return this.template !== null && !isSameDraft(templateDraft(this.template), this.base);
  }

  #leaving() {
    return html`<mx-dialog heading="Leave without saving?" size="small" test="template-leave" @mx-close=${() => this.#ask(null)} .content=${html`
      <div class="dlg-b"><p class="t2">${this.draft.name ? html`Your changes to <strong>${visible(this.draft.name)}</strong> are not saved.` : 'What you wrote is not saved.'}</p></div>
      <div class="dlg-f">
        <button type="button" class="btn btn-lg btn-d" data-test="leave-discard" @click=${this.#leave}>Discard changes</button>
        <button type="button" class="btn btn-lg push" data-test="leave-stay" data-autofocus @click=${() => this.#ask(null)}>Stay</button>
        <button type="button" class="btn btn-lg btn-p" data-test="leave-save" @click=${this.#saveAndLeave}>Save and leave</button>
      </div>`}></mx-dialog>`;
  }

  #deleting() {
    const { name = '', runs = 0 } = this.template ?? {};
    const kept =
      runs === 0
        ? ''
        : ` ${runs === 1 ? 'The session' : `The ${runs} sessions`} made from it ${runs === 1 ? 'stays' : 'stay'} as ${runs === 1 ? 'it is' : 'they are'}.`;
    return html`<mx-dialog heading="Delete ${visible(name)}?" size="small" test="template-delete" @mx-close=${() => this.#ask(null)} .content=${html`
      <div class="dlg-b"><p class="t2">Agents can no longer call it as <span class="mono">${agentToolName(name)}</span>.${kept}</p></div>
      <div class="dlg-f">
        <button type="button" class="btn btn-lg push" data-autofocus data-test="template-keep" @click=${() => this.#ask(null)}>Keep</button>
        <button type="button" class="btn btn-lg btn-d" data-test="template-delete-confirm" @click=${this.#delete}>Delete</button>
      </div>`}></mx-dialog>`;
  }

  #ask(what: 'leave' | 'delete' | null): void {
    this.asks = what;
    if (what === null) this.#guard.stay();
  }

  /** Another version came, or another template is shown: what is being written of this one stays. */
  #follow(before: TemplateResource | null | undefined): void {
    const { template } = this;
    if (template === null) {
      this.#begin(this.seed);
    } else if (before?.id !== template.id || !this.isEdited) {
      this.draft = templateDraft(template);
      this.base = this.draft;
      this.faults = {};
      this.problem = '';
    }
  }

  #begin(seed: TemplateDraft): void {
    this.draft = seed;
    this.base = emptyTemplate;
    this.faults = {};
    this.problem = '';
  }

  #change(event: CustomEvent<Partial<TemplateDraft>>): void {
    this.draft = { ...this.draft, ...event.detail };
    this.problem = '';
    const now = this.#faults();
    const still = Object.entries(this.faults).filter(([key]) => key in now);
    this.faults = Object.fromEntries(still.map(([key]) => [key, now[key as keyof TemplateFaults]]));
  }

  #faults(): TemplateFaults {
    return templateFaults(
      this.draft,
      this.names.filter((name) => name !== this.template?.name),
    );
  }

  /** Whether it is saved. */
  #save = async (): Promise<boolean> => {
    if (this.isSaving || this.template?.source === 'file') return false;
    this.faults = this.#faults();
    if (Object.keys(this.faults).length > 0) {
      await this.updateComplete;
      requestAnimationFrame(() => this.find('[aria-invalid="true"]')?.focus());
      return false;
    }
    this.isSaving = true;
    const { template } = this;
    try {
      const body = templateBody(this.draft);
      const saved = template ? await app.rest.patchTemplate(template.id, body) : await app.rest.createTemplate(body);
      this.draft = templateDraft(saved);
      this.base = this.draft;
      lists.templates.put(saved, ({ id }) => id === saved.id);
      app.toasts.show('ok', `${visible(saved.name)} saved`);
      await lists.templates.load();
      if (template === null && !this.#guard.isAsked) app.router.go(paths.template(saved.id));
      return true;
    } catch (error) {
      this.problem = sentence(messageOf(error));
      return false;
    } finally {
      this.isSaving = false;
    }
  };

  #discard = (): void => {
    const { template } = this;
    if (template === null) {
      this.#begin(emptyTemplate);
      app.router.go(paths.templates);
      return;
    }
    this.draft = templateDraft(template);
    this.base = this.draft;
    this.faults = {};
    this.problem = '';
  };

  /** What is written now goes on in the copy. */
  #duplicate = (): void => {
    const draft = { ...this.draft, name: copyName(this.draft.name, this.names) };
    this.base = this.draft;
    this.emit('mx-duplicated', { draft });
  };

  #export = async (): Promise<void> => {
    const { template } = this;
    if (!template) return;
    const bytes = await app.attempt('Not exported', () => app.rest.templateFile(template.id));
    if (bytes) saveFile(`${template.name}.md`, 'text/markdown', new Uint8Array(bytes));
  };

  #delete = async (): Promise<void> => {
    const { template } = this;
    this.asks = null;
    if (!template) return;
    try {
      await app.rest.deleteTemplate(template.id);
    } catch (error) {
      this.problem = sentence(messageOf(error));
      return;
    }
    this.base = this.draft;
    await lists.templates.load();
    app.toasts.show('ok', `${template.name} deleted`);
    app.router.go(paths.templates);
  };

  #leave = (): void => {
    this.asks = null;
    this.base = this.draft;
    this.#guard.leave();
  };

  #saveAndLeave = async (): Promise<void> => {
    const isSaved = await this.#save();
    this.asks = null;
    if (isSaved) this.#guard.leave();
  };

  #onKey = (event: KeyboardEvent): void => {
    if (event.key.toLowerCase() !== 's' || event.altKey || event.shiftKey || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (this.asks === null && (this.isEdited || this.template === null)) void this.#save();
  };
}
