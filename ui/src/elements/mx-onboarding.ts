import type { ApprovalPolicy, ProviderResource, Session } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, state } from 'lit/decorators.js';
import { app, messageOf } from '../state/app.js';
import { Watch } from '../state/controllers.js';
import { sentence } from '../text/sentence.js';
import { MaestroElement } from './element.js';
import { brandMark, icon } from './icon.js';
import './mx-setup-agent.js';
import type { MxSetupAgent } from './mx-setup-agent.js';
import './mx-setup-project.js';
import type { MxSetupProject } from './mx-setup-project.js';
import './mx-setup-provider.js';
import type { MxSetupProvider } from './mx-setup-provider.js';

const steps = ['Provider', 'Project', 'First agent'] as const;

const heads: readonly [title: string, text: string][] = [
  ['Who answers your agents?', 'Pick a provider and give it a key or a sign-in. It stays encrypted on this machine.'],
  ['Where is your project?', 'Agents read, write and run commands in this directory with your own permissions.'],
  ['Who is your first agent?', 'It starts in that directory. Everything here can be changed later.'],
];

/** The first steps of a new server: a provider, a project, an agent. Each can be skipped. Tells `mx-done`. */
@customElement('mx-onboarding')
export class MxOnboarding extends MaestroElement {
  @state() private step = 0;
  @state() private busy = false;
  @state() private problem = '';
  /** What each step has given so far. */
  @state() private provider = '';
  @state() private directory = '';
  @state() private policy: ApprovalPolicy = 'allow';

  constructor() {
    super();
    new Watch(this, app.providers);
  }

  override render() {
    const [title, text] = heads[this.step] as [string, string];
    return html`<main class="main setup" id="main" tabindex="-1" data-test="onboarding">
      <div class="top">
        <span class="brand">${brandMark()}<span>Maestro</span></span>
        <button type="button" class="btn btn-g push" data-test="setup-skip-all" @click=${this.#finish}>Skip setup</button>
      </div>
      <form class="setup-b" novalidate @submit=${this.#next} @keydown=${this.#onKey}>
        <ol class="steps" aria-label="Steps">${steps.map((name, index) => this.#mark(name, index))}</ol>
        <h1 tabindex="-1">${title}</h1>
        <p class="setup-t">${text}</p>
        ${this.#body()}
        ${this.problem === '' ? nothing : html`<p class="problem" role="alert" data-test="setup-problem">${icon('circle-alert', 's')}<span>${this.problem}</span></p>`}
        <div class="row setup-f">
          ${this.step === 0 ? nothing : html`<button type="button" class="btn btn-lg btn-g" data-test="setup-back" @click=${() => this.#go(this.step - 1)}>${icon('arrow-left', 's')}Back</button>`}
          <button type="button" class="btn btn-lg btn-g push" data-test="setup-skip" @click=${this.#skip}>Skip this step</button>
          <button type="submit" class="btn btn-lg btn-p" data-test="setup-next" aria-disabled=${this.busy ? 'true' : 'false'}>
            ${this.step === 2 ? (this.busy ? 'Starting' : 'Start the agent') : 'Continue'}${icon('arrow-right', 's')}
          </button>
        </div>
      </form>
    </main>`;
  }

  protected override firstUpdated(): void {
    this.find('h1')?.focus();
  }

  #mark(name: string, index: number) {
    const isDone = index < this.step;
    const state = isDone ? 'done' : index === this.step ? 'cur' : '';
    return html`${index === 0 ? nothing : html`<li class="ln" aria-hidden="true"></li>`}
      <li class=${state} aria-current=${index === this.step ? 'step' : nothing}>
        <span class="sn">${isDone ? icon('check', 'xs') : index + 1}</span>${name}${isDone ? html`<span class="vh">, done</span>` : nothing}
      </li>`;
  }

  #body() {
    if (this.step === 0)
      return html`<mx-setup-provider .providers=${app.providers.value} .chosen=${this.provider}></mx-setup-provider>`;
    if (this.step === 1)
      return html`<mx-setup-project .directory=${this.directory} .policy=${this.policy}></mx-setup-project>`;
    return html`<mx-setup-agent .provider=${this.#provider()} .directory=${this.directory} .policy=${this.policy}></mx-setup-agent>`;
  }

  /** The one that was chosen, else one that works. */
  #provider(): ProviderResource | undefined {
    const all = app.providers.value;
    return all.find(({ id }) => id === this.provider) ?? all.find(({ ready }) => ready) ?? all[0];
  }

  #next = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (this.busy) return;
    this.busy = true;
    this.problem = '';
    try {
      await this.#take();
    } catch (error) {
      this.problem = sentence(messageOf(error));
    } finally {
      this.busy = false;
    }
  };

  /** Takes what the step has; a step that is not content says so itself and stays. */
  async #take(): Promise<void> {
    if (this.step === 0) {
      const chosen = await this.find<MxSetupProvider>('mx-setup-provider')?.take();
      if (chosen === undefined) return;
      this.provider = chosen;
      this.#go(1);
    } else if (this.step === 1) {
      const taken = await this.find<MxSetupProject>('mx-setup-project')?.take();
      if (!taken) return;
      this.directory = taken.directory;
      this.policy = taken.policy;
      this.#go(2);
    } else {
      const session = await this.find<MxSetupAgent>('mx-setup-agent')?.take();
      if (session) this.#done(session);
    }
  }

  #skip = (): void => {
    if (this.step === 2) this.#done(null);
    else this.#go(this.step + 1);
  };

  #finish = (): void => {
    this.#done(null);
  };

  #done(session: Session | null): void {
    this.emit('mx-done', { session });
  }

  #go(step: number): void {
    this.step = step;
    this.problem = '';
    void this.updateComplete.then(() => this.find('h1')?.focus());
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    this.find('[data-test="setup-next"]')?.click();
  }
}
