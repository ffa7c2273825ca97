import type { TemplateResource } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { MaestroElement } from '../elements/element.js';
import { icon } from '../elements/icon.js';
import { listFrame } from '../elements/list-frame.js';
import '../elements/mx-empty.js';
import '../elements/mx-template-card.js';
import '../elements/mx-template-editor.js';
import type { MxTemplateEditor } from '../elements/mx-template-editor.js';
import { app } from '../state/app.js';
import { Watch } from '../state/controllers.js';
import { paths } from '../state/route.js';
import { lists, ShowLists } from '../state/settings-lists.js';
import { emptyTemplate, type TemplateDraft } from '../text/template-draft.js';

/** The place where a new one is written. */
const NEW = 'new';

/** Agents that can be made again and again: all of them, and one to write. */
@customElement('mx-templates')
export class MxTemplates extends MaestroElement {
  @property({ attribute: false }) templateId: string | undefined;
  /** What a new one begins with. */
  @state() private seed: TemplateDraft = emptyTemplate;
  /** What is shown while the address names none. */
  #first = '';

  constructor() {
    super();
    new Watch(this, app.providers);
    new ShowLists(this, 'templates');
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('templateId') && this.templateId !== NEW) this.seed = emptyTemplate;
  }

  override render() {
    return html`<div class="body" tabindex="0" role="region" aria-label="Templates">
      <div class="page">
        <header class="page-h">
          <div>
            <h1 tabindex="-1">Templates</h1>
            <p>Reusable agents: a persona, a preferred model and a toolset. Every template can also serve as a sub-agent.</p>
          </div>
          <div class="acts">
            <input class="vh" type="file" accept=".md,text/markdown" tabindex="-1" aria-label="Agent file to import" data-test="template-file" @change=${this.#import}>
            <button type="button" class="btn" data-test="template-import" @click=${() => this.find('[data-test="template-file"]')?.click()}>${icon('upload', 's')}Import file</button>
            <a class="btn btn-p" href=${paths.template(NEW)} data-test="template-new">${icon('plus', 's')}New template</a>
          </div>
        </header>
        ${listFrame({ name: 'templates', list: lists.templates.value, retry: () => void lists.templates.load(), content: (all) => this.#content(all) })}
      </div>
    </div>`;
  }

  #content(all: readonly TemplateResource[]) {
    const shown = this.#shown(all);
    return html`<div class="split split-t">
      ${
        all.length === 0
          ? html`<div class="card"><mx-empty icon="contact-round" heading="No templates yet" text="A template saves a persona, a model and a set of tools, to start sessions with and for other agents to call." .actions=${[
              { id: 'new', label: 'New template', icon: 'plus', href: paths.template(NEW) },
            ]}></mx-empty></div>`
          : html`<div class="cards cards-t" role="list" aria-label="Templates">${repeat(
              all,
              ({ id }) => id,
              (template) => this.#card(template, template === shown),
            )}</div>`
      }
      ${this.#editor(all, shown)}
    </div>`;
  }

  #card(template: TemplateResource, isCurrent: boolean) {
    const { preferred_provider } = template;
    return html`<div role="listitem"><mx-template-card .template=${template} .current=${isCurrent} .provider=${preferred_provider ? app.labelOf(preferred_provider) : ''} .slotName=${preferred_provider ? app.slotOf(preferred_provider) : ''}></mx-template-card></div>`;
  }

  #editor(all: readonly TemplateResource[], shown: TemplateResource | undefined) {
    const isNew = this.templateId === NEW;
    if (!isNew && !shown) {
      if (this.templateId === undefined) return nothing;
      return html`<div class="card"><mx-empty test="template-gone" icon="search-x" heading="No such template" text="It may have been deleted." .actions=${[
        { id: 'all', label: 'Show all templates', href: paths.templates },
      ]}></mx-empty></div>`;
    }
    return html`<mx-template-editor
      .template=${isNew ? null : shown}
      .seed=${this.seed}
      .names=${all.map(({ name }) => name)}
      @mx-duplicated=${this.#duplicate}
    ></mx-template-editor>`;
  }

  #shown(all: readonly TemplateResource[]): TemplateResource | undefined {
    const { templateId } = this;
    if (templateId !== undefined) return all.find(({ id, name }) => id === templateId || name === templateId);
    const first = all.find(({ id }) => id === this.#first) ?? all[0];
    this.#first = first?.id ?? '';
    return first;
  }

  /** The copy is written at the place of new ones; it is saved when the person says so. */
  #duplicate(event: CustomEvent<{ draft: TemplateDraft }>): void {
    this.seed = event.detail.draft;
    app.router.go(paths.template(NEW));
    void this.updateComplete.then(() => this.find<MxTemplateEditor>('mx-template-editor')?.focus());
  }

  #import = async (event: Event): Promise<void> => {
    const field = event.target as HTMLInputElement;
    const [file] = field.files ?? [];
    if (!file) return;
    const text = await file.text();
    field.value = '';
    const made = await app.attempt('Template not imported', () => app.rest.importTemplate({ file: file.name, text }));
    if (!made) return;
    app.toasts.show('ok', `${made.template.name} imported`, made.notes.join(' '));
    await lists.templates.load();
    app.router.go(paths.template(made.template.id));
  };
}
