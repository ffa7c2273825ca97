import type { ApprovalPolicy, ModelResource, ProviderResource, Session } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { app, messageOf } from '../state/app.js';
import { freshName } from '../text/agent-names.js';
import { randomKey } from '../text/random-key.js';
import { sentence } from '../text/sentence.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-field.js';
import type { MxField } from './mx-field.js';
import './mx-model-pick.js';

/** Third step: a name, a model, and what to do first. */
@customElement('mx-setup-agent')
export class MxSetupAgent extends MaestroElement {
  @property({ attribute: false }) provider: ProviderResource | undefined;
  @property() directory = '';
  @property() policy: ApprovalPolicy = 'allow';
  @state() private models: readonly ModelResource[] = [];
  @state() private model = '';
  @state() private nameProblem = '';
  readonly #name = freshName(app.sessions.value.map(({ agent_name }) => agent_name));

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('provider') && this.provider && changed.get('provider')?.id !== this.provider.id)
      void this.#load(this.provider.id);
  }

  override render() {
    return html`<div class="col setup-fields">
      <mx-field label="Agent name" test="setup-name" .value=${this.#name} .error=${this.nameProblem}></mx-field>
      <div class="field">
        <label class="label" for="setup-model">Model <span class="t3">of ${visible(this.provider?.label ?? '-')}</span></label>
        <mx-model-pick .models=${this.models} .value=${this.model} .control=${'setup-model'} @mx-model=${this.#onModel}></mx-model-pick>
        ${this.provider && !this.provider.ready ? html`<p class="problem">${icon('circle-alert', 's')}<span>${visible(this.provider.label)} has no key yet: the agent can start, but not answer.</span></p>` : nothing}
      </div>
      <mx-field label="What should it do first?" note="optional" test="setup-task" rows="4" placeholder="Read the project and tell me how it is built."></mx-field>
    </div>`;
  }

  /** Starts the agent and hands it its first task. Throws what the server refused. */
  async take(): Promise<Session | undefined> {
    const [name, task] = [...this.querySelectorAll<MxField>('mx-field')].map(({ value }) => value.trim());
    if (!name) {
      this.nameProblem = 'Give the agent a name.';
      this.find<MxField>('mx-field')?.focus();
      return undefined;
    }
    const session = await app.rest.createSession({
      agent_name: name,
      ...(this.provider && { provider: this.provider.id }),
      ...(this.model !== '' && { model: this.model }),
      ...(this.directory !== '' && { working_directory: this.directory }),
      approval: this.policy,
    });
    if (task) await this.#say(session, task);
    return session;
  }

  /** The agent is there by then: a task that is refused must not start another one. */
  async #say(session: Session, text: string): Promise<void> {
    await app.attempt('First task not sent', () =>
      app.rest.send(session.session_id, { client_key: randomKey(), text }),
    );
  }

  async #load(provider: string): Promise<void> {
    try {
      const { items } = await app.rest.models(provider);
      if (this.provider?.id !== provider) return;
      this.models = items;
      this.model = items[0]?.id ?? '';
    } catch (error) {
      app.toasts.show('error', 'Models not loaded', sentence(messageOf(error)));
    }
  }

  #onModel(event: CustomEvent<{ id: string }>): void {
    this.model = event.detail.id;
  }
}
