import { RestError } from '@maestro/core/client';
import { isRunning, type ModelResource, type SessionView, textOf } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { MaestroElement } from '../elements/element.js';
import { icon } from '../elements/icon.js';
import '../elements/mx-approval.js';
import '../elements/mx-chat-log.js';
import type { MxChatLog } from '../elements/mx-chat-log.js';
import '../elements/mx-composer.js';
import type { MxComposer } from '../elements/mx-composer.js';
import '../elements/mx-session-header.js';
import '../elements/mx-totals.js';
import { answerApproval } from '../state/answer-approval.js';
import { app } from '../state/app.js';
import { ComposerDraft } from '../state/composer-draft.js';
import { FollowSession, Watch } from '../state/controllers.js';
import './mx-not-found.js';

/** One session: its header, its conversation, its composer. */
@customElement('mx-session')
export class MxSession extends MaestroElement {
  @property({ attribute: false }) sessionId = '';
  /** The message or the call the address names, to open there. */
  @property({ attribute: false }) messageId: string | undefined;
  @property({ attribute: false }) callId: string | undefined;
  @state() private models: readonly ModelResource[] = [];
  @state() private loadingOlder = false;
  readonly #session = new FollowSession(this, app.rest);
  #draft: ComposerDraft | null = null;
  #modelsOf = '';
  #wasGone = false;

  constructor() {
    super();
    new Watch(this, app.providers, app.tools, app.approvals);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.#open();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#draft?.flush();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('sessionId')) this.#open();
    const provider = this.#session.store?.view.session?.provider;
    if (provider !== undefined && provider !== this.#modelsOf) void this.#loadModels(provider);
  }

  /** What went away under the reader is told by the heading that came instead. */
  protected override updated(): void {
    const isGone = this.#session.store?.state === 'gone';
    if (isGone && !this.#wasGone && document.activeElement === document.body)
      void Promise.resolve().then(() => this.find('h1')?.focus());
    this.#wasGone = isGone;
  }

  override render() {
    const store = this.#session.store;
    if (!store || store.state === 'gone') return html`<mx-not-found what="session"></mx-not-found>`;
    if (store.state === 'failed') return this.#failed(store.error);
    const { view } = store;
    const { session } = view;
    return html`<mx-session-header
        .session=${session}
        .providers=${app.providers.value}
        .models=${this.models}
        .slotOf=${(provider: string) => app.slotOf(provider)}
        @mx-config-change=${this.#configure}
      ></mx-session-header>
      <div class="conv" data-test="session" data-state=${store.state}>
        <mx-totals .session=${session}></mx-totals>
        <mx-chat-log
          .view=${view}
          .session=${session}
          .outbox=${store.outbox.items}
          .effects=${effectsOf(app.tools.value)}
          .ready=${store.state === 'ready'}
          .hasOlder=${store.hasOlder}
          .loadingOlder=${this.loadingOlder}
          .tail=${this.#waiting()}
          @mx-approve=${answerApproval}
          @mx-load-older=${this.#loadOlder}
          @mx-retry=${this.#retry}
          @mx-resend=${(event: CustomEvent<string>) => this.#quietly(store.outbox.again(event.detail))}
          @mx-discard=${(event: CustomEvent<string>) => store.outbox.discard(event.detail)}
        ></mx-chat-log>
        <mx-composer
          .agent=${session?.agent_name ?? 'the agent'}
          .busy=${isRunning(view)}
          .queue=${view.queue}
          .lastSaid=${lastSaid(view)}
          @mx-draft=${(event: CustomEvent<{ text: string }>) => this.#draft?.write(event.detail.text)}
          @mx-send=${this.#send}
          @mx-interrupt=${this.#interrupt}
          @mx-stop=${this.#stop}
          @mx-queue-change=${this.#changeQueued}
          @mx-queue-remove=${this.#removeQueued}
        ></mx-composer>
      </div>`;
  }

  /** What waits in this session and in those of its agents. */
  #waiting() {
    const waiting = app.approvals.value.filter(({ root_session_id: root, session_id: own }) =>
      [root, own].includes(this.sessionId),
    );
    if (waiting.length === 0) return nothing;
    return html`${repeat(
      waiting,
      ({ id }) => id,
      (approval) => html`<mx-approval .approval=${approval}></mx-approval>`,
    )}`;
  }

  #failed(error: Error | null) {
    return html`<header class="chat-top"><h1 tabindex="-1">Session</h1></header>
      <div class="body">
        <div class="empty" role="alert" data-test="session-failed">
          <span class="glyph c-error">${icon('circle-alert', 'l')}</span>
          <h2>The session could not be loaded</h2>
          <p>${error?.message ?? ''}</p>
          <div class="row"><button type="button" class="btn" @click=${this.#reopen}>${icon('rotate-cw', 's')}Try again</button></div>
        </div>
      </div>`;
  }

  #reopen(): void {
    this.#open();
    this.requestUpdate();
  }

  /** The first Escape arms Stop, the second stops; also from outside the text field. */
  escape(): void {
    this.find<MxComposer>('mx-composer')?.escape();
  }

  focusComposer(): void {
    this.find<MxComposer>('mx-composer')?.focus();
  }

  toEnd(): void {
    this.find<MxChatLog>('mx-chat-log')?.toEnd();
  }

  #open(): void {
    this.#draft?.flush();
    this.#session.follow(this.sessionId, app.connected.value);
    const draft = new ComposerDraft(app.rest, this.sessionId);
    this.#draft = draft;
    void this.updateComplete.then(async () => {
      const composer = this.find<MxComposer>('mx-composer');
      if (!composer) return;
      await composer.updateComplete;
      composer.value = '';
      const text = await draft.load();
      // What was typed while it loaded is newer.
      if (this.#draft === draft && composer.value === '') composer.value = text;
    });
  }

  async #loadModels(provider: string): Promise<void> {
    this.#modelsOf = provider;
    try {
      const list = await app.rest.models(provider);
      if (this.#modelsOf === provider) this.models = list.items;
    } catch {
      // A provider that is gone or has no key lists none; the current model stays selected.
      this.models = [];
    }
  }

  async #configure(event: CustomEvent<{ provider?: string; model?: string }>): Promise<void> {
    const { provider, model } = event.detail;
    await app.attempt('Not changed', async () => {
      const first = provider === undefined ? undefined : (await app.rest.models(provider)).items[0]?.id;
      const chosen = model ?? first;
      await app.rest.patchSession(this.sessionId, {
        ...(provider !== undefined && { provider, credential_id: null, auth_type: null }),
        ...(chosen !== undefined && { model: chosen }),
      });
    });
    this.requestUpdate();
  }

  #send = (event: CustomEvent<{ text: string }>): void => {
    const store = this.#session.store;
    if (!store) return;
    this.#draft?.write('');
    this.#draft?.flush();
    this.find<MxChatLog>('mx-chat-log')?.toEnd();
    this.#quietly(store.send(event.detail.text));
  };

  #interrupt = async (event: CustomEvent<{ text: string }>): Promise<void> => {
    const store = this.#session.store;
    if (store && isRunning(store.view)) await app.attempt('Not stopped', () => store.stop());
    this.#send(event);
  };

  #stop = (): void => {
    const store = this.#session.store;
    if (store) void app.attempt('Not stopped', () => store.stop());
  };

  #retry = (): void => {
    const store = this.#session.store;
    if (store) void app.attempt('Not retried', () => store.retry());
  };

  async #loadOlder(): Promise<void> {
    if (this.loadingOlder) return;
    this.loadingOlder = true;
    await app.attempt('Older messages not loaded', async () => this.#session.store?.loadOlder());
    this.loadingOlder = false;
  }

  #changeQueued(event: CustomEvent<{ id: string; text?: string; ord?: number; mode?: 'queue' | 'steer' }>): void {
    const { id, ...change } = event.detail;
    void app.attempt('Queue not changed', () => app.rest.patchQueued(this.sessionId, id, change));
  }

  #removeQueued(event: CustomEvent<{ id: string }>): void {
    void app.attempt('Queue not changed', () => app.rest.removeQueued(this.sessionId, event.detail.id));
  }

  /** A refused message stays in the log with its reason and a way to send it again. */
  #quietly(sent: Promise<unknown> | undefined): void {
    sent?.catch((error: unknown) => {
      if (error instanceof RestError && error.status === 401) app.problem('Not sent', error);
    });
  }
}

const effects = new WeakMap<object, ReadonlyMap<string, 'read' | 'write' | 'exec' | 'net'>>();

/** Kind of each tool by name; the same map while the list is the same. */
function effectsOf(tools: typeof app.tools.value) {
  const known = effects.get(tools) ?? new Map(tools.map(({ name, effects: kind }) => [name, kind]));
  effects.set(tools, known);
  return known;
}

function lastSaid(view: SessionView): string {
  const message = view.messages.findLast(({ role }) => role === 'user');
  return message ? textOf(message.parts) : '';
}
