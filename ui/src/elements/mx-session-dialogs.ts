import type { ListedSession, Session } from '@maestro/core/protocol';
import { html, nothing } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { app, messageOf } from '../state/app.js';
import { lossOf } from '../text/card.js';
import { sentence } from '../text/sentence.js';
import { visible } from '../text/visible.js';
import { MaestroElement } from './element.js';
import { icon } from './icon.js';
import './mx-dialog.js';

/** Gives an agent another name. */
@customElement('mx-rename-session')
export class MxRenameSession extends MaestroElement {
  @property({ attribute: false }) session: ListedSession | null = null;
  @state() private problem = '';

  override render() {
    if (!this.session) return nothing;
    return html`<mx-dialog heading="Rename ${visible(this.session.agent_name)}" size="small" test="rename-dialog" .content=${this.#form(this.session)}></mx-dialog>`;
  }

  #form({ agent_name }: ListedSession) {
    return html`<form @submit=${this.#save}>
      <div class="dlg-b">
        <div class="field">
          <label class="label" for="rename-name">Agent name</label>
          <input class="input" id="rename-name" name="name" data-autofocus data-test="rename-name" maxlength="80" autocomplete="off" .value=${agent_name} aria-invalid=${this.problem === '' ? 'false' : 'true'} aria-describedby=${this.problem === '' ? nothing : 'rename-problem'}>
          ${this.problem === '' ? nothing : html`<p class="problem" id="rename-problem" role="alert">${icon('circle-alert', 's')}<span>${this.problem}</span></p>`}
        </div>
      </div>
      <div class="dlg-f">
        <button type="button" class="btn btn-lg btn-g push" @click=${this.#close}>Cancel</button>
        <button type="submit" class="btn btn-lg btn-p" data-test="rename-save">Rename</button>
      </div>
    </form>`;
  }

  #save = async (event: Event): Promise<void> => {
    event.preventDefault();
    const name = this.find<HTMLInputElement>('#rename-name')?.value.trim() ?? '';
    if (name === '') this.#refuse('Give the agent a name.');
    else if (this.session) {
      try {
        await app.rest.patchSession(this.session.session_id, { agent_name: name });
        this.#close();
      } catch (error) {
        this.#refuse(sentence(messageOf(error)));
      }
    }
  };

  #refuse(text: string): void {
    this.problem = text;
    this.find('#rename-name')?.focus();
  }

  #close = (): void => {
    this.emit('mx-close');
  };
}

/** Asks before a session goes away, and says what goes with it. */
@customElement('mx-delete-session')
export class MxDeleteSession extends MaestroElement {
  @property({ attribute: false }) session: Session | null = null;
  @state() private deleting = false;

  override render() {
    if (!this.session) return nothing;
    return html`<mx-dialog heading="Delete ${visible(this.session.agent_name)}?" size="small" test="delete-dialog" .content=${this.#question(this.session)}></mx-dialog>`;
  }

  #question(session: Session) {
    return html`<div class="dlg-b"><p class="t2">${visible(lossOf(session))}</p></div>
      <div class="dlg-f">
        <button type="button" class="btn btn-lg btn-g push" data-autofocus data-test="delete-cancel" @click=${this.#close}>Keep it</button>
        <button type="button" class="btn btn-lg btn-d" data-test="delete-confirm" aria-disabled=${this.deleting ? 'true' : 'false'} @click=${this.#delete}>${icon('trash-2', 's')}Delete</button>
      </div>`;
  }

  #delete = async (): Promise<void> => {
    if (!this.session || this.deleting) return;
    const { session_id, agent_name } = this.session;
    this.deleting = true;
    const done = await app.attempt(`${agent_name} not deleted`, async () => {
      await app.rest.deleteSession(session_id);
      return true;
    });
    this.deleting = false;
    if (!done) return;
    app.pins.remove(session_id);
    this.#close();
    this.emit('mx-deleted', session_id);
  };

  #close = (): void => {
    this.emit('mx-close');
  };
}
