import { isRunning, type SessionView, textOf } from '@maestro/core/protocol';
import { html, nothing, type PropertyValues } from 'lit';
import { customElement, property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { MaestroElement } from '../elements/element.js';
import { icon } from '../elements/icon.js';
import '../elements/mx-approval.js';
import type { MxApproval } from '../elements/mx-approval.js';
import '../elements/mx-composer.js';
import type { MxComposer } from '../elements/mx-composer.js';
import '../elements/mx-session-dialogs.js';
import '../elements/mx-session-header.js';
import type { MxSessionHeader, SessionAction } from '../elements/mx-session-header.js';
import '../elements/mx-totals.js';
import type { MxTotals } from '../elements/mx-totals.js';
import { answerApproval } from '../state/answer-approval.js';
import { app } from '../state/app.js';
import { ApprovalPreviews } from '../state/approval-previews.js';
import { Composing } from '../state/composing.js';
import { FollowSession, Watch } from '../state/controllers.js';
import { type PaletteEntry, registerPaletteEntries } from '../state/palette-entries.js';
import { paths } from '../state/route.js';
import {
  clearConversation,
  compactSession,
  exportSession,
  forkSession,
  loadCommandOptions,
  sessionEntries,
} from '../state/session-commands.js';
import { type ConfigChange, SessionSettings } from '../state/session-settings.js';
import { type CommandContext, slashArguments, slashCommandOf, slashCommands } from '../state/slash-commands.js';
import { tellUnsent } from '../state/unsent-news.js';
import './mx-conversation.js';
import type { MxConversation } from './mx-conversation.js';
import './mx-not-found.js';
import './mx-session-panel.js';

/** One session: its header, its conversation, its composer. */
@customElement('mx-session')
export class MxSession extends MaestroElement {
  @property({ attribute: false }) sessionId = '';
  /** The message or the call the address names, to open there. */
  @property({ attribute: false }) messageId: string | undefined;
  @property({ attribute: false }) callId: string | undefined;
  @state() private deleting = false;
  readonly #session = new FollowSession(this, app.rest);
  readonly #settings = new SessionSettings(this);
  readonly #previews = new ApprovalPreviews(this);
  readonly #composing = new Composing(this, () => this.#composer);
  #unlist: () => void = () => undefined;
  #wasGone = false;
  #wasRunning = false;

  constructor() {
    super();
    new Watch(this, app.providers, app.tools, app.approvals, app.connection);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.hasUpdated) this.#open();
    void loadCommandOptions();
    this.#unlist = registerPaletteEntries('commands', () => {
      const { session } = this.#session.store?.view ?? {};
      return session ? [...sessionEntries(session), ...this.#entries()] : [];
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unlist();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('sessionId')) this.#open();
    const provider = this.#session.store?.view.session?.provider;
    if (provider !== undefined) void this.#settings.follow(provider);
  }

  /** What went away under the reader is told by the heading that came instead; at the end of a turn the sums are read out. */
  protected override updated(): void {
    const { store } = this.#session;
    const isGone = store?.state === 'gone';
    if (isGone && !this.#wasGone && document.activeElement === document.body)
      void Promise.resolve().then(() => this.find('h1')?.focus());
    this.#wasGone = isGone;
    const runs = store ? isRunning(store.view) : false;
    if (this.#wasRunning && !runs) this.speakTotals();
    this.#wasRunning = runs;
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
        .models=${this.#settings.models}
        .auths=${this.#settings.credentials}
        .missing=${this.#settings.missing}
        .slotOf=${(provider: string) => app.slotOf(provider)}
        @mx-config-change=${(event: CustomEvent<ConfigChange>) => this.#settings.change(this.sessionId, event.detail)}
        @mx-rename=${this.#rename}
        @mx-session-action=${this.#act}
      ></mx-session-header>
      <div class="chat">
        <div class="conv ${this.#asked.some(({ kind }) => kind === 'tool') ? 'conv-asks' : ''}" data-test="session" data-state=${store.state} @dragenter=${this.#drag} @dragover=${this.#drag} @dragleave=${this.#drag} @drop=${this.#drag}>
          <mx-totals .session=${session} .busy=${isRunning(view)} @mx-compact=${() => session && compactSession(session, '')}></mx-totals>
          <mx-conversation
            .store=${store}
            .moment=${this.#session.moment}
            .messageId=${this.messageId}
            .tail=${this.#waiting()}
            @mx-approve=${answerApproval}
            @mx-retry=${this.#retry}
            @mx-continue=${this.#continue}
            @mx-switch-model=${() => this.#show('model')}
            @mx-revert=${(event: CustomEvent<{ path: string }>) => this.#composer?.write(`Undo your change to ${event.detail.path}, and nothing else.`)}
          ></mx-conversation>
          ${this.#compose(view)}
        </div>
        <mx-session-panel .store=${store}></mx-session-panel>
      </div>
      ${this.deleting ? html`<mx-delete-session .session=${session} @mx-close=${this.#keep} @mx-deleted=${() => app.router.go(paths.dashboard)}></mx-delete-session>` : nothing}`;
  }

  #compose(view: SessionView) {
    const { session } = view;
    const media = app.providers.value.find(({ id }) => id === session?.provider)?.media ?? null;
    return html`<mx-composer
      .agent=${session?.agent_name ?? 'the agent'}
      .busy=${isRunning(view)}
      .asked=${this.#asked.length > 0}
      .offline=${app.connection.value !== 'online'}
      .queue=${view.queue}
      .attachments=${this.#composing.attachments.items.value}
      .refusals=${this.#composing.attachments.refusals.value}
      .files=${this.#composing.files}
      .commands=${slashCommands}
      .argumentsOf=${(name: string, query: string) => slashArguments(name, query, session)}
      .lastSaid=${lastSaid(view)}
      @mx-draft=${() => this.#composing.typed()}
      @mx-find=${(event: CustomEvent<{ query: string }>) => this.#composing.find(event.detail.query)}
      @mx-attach=${(event: CustomEvent<{ files: File[] }>) => this.#composing.attach(event.detail.files, media)}
      @mx-attach-again=${(event: CustomEvent<{ key: string }>) => this.#composing.attachments.again(event.detail.key)}
      @mx-detach=${(event: CustomEvent<{ key: string }>) => this.#composing.attachments.remove(event.detail.key)}
      @mx-send=${this.#send}
      @mx-interrupt=${this.#send}
      @mx-stop=${this.#stop}
      @mx-queue-change=${this.#changeQueued}
      @mx-queue-remove=${this.#removeQueued}
    ></mx-composer>`;
  }

  /** What waits in this session and in those of its agents. */
  get #asked() {
    return app.approvals.value.filter((one) => [one.root_session_id, one.session_id].includes(this.sessionId));
  }

  #waiting() {
    if (this.#asked.length === 0) return nothing;
    return html`${repeat(
      this.#asked,
      ({ id }) => id,
      (approval) => html`<mx-approval .approval=${approval} .preview=${this.#previews.of(approval)}></mx-approval>`,
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

  /** What only its page can do. */
  #entries(): PaletteEntry[] {
    const header = () => this.find<MxSessionHeader>('mx-session-header');
    return [
      {
        id: 'rename',
        title: 'Rename this session',
        words: 'title name',
        icon: 'pencil',
        run: () => header()?.rename(),
      },
      {
        id: 'totals',
        title: 'Read out tokens and cost',
        words: 'usage totals',
        icon: 'info',
        run: () => this.speakTotals(),
      },
      { id: 'delete', title: 'Delete this session', words: 'remove', icon: 'trash-2', run: () => this.#ask() },
    ];
  }

  #ask(): void {
    this.deleting = true;
  }

  get #composer(): MxComposer | null {
    return this.find<MxComposer>('mx-composer');
  }

  #reopen(): void {
    this.#open();
    this.requestUpdate();
  }

  /** The first Escape arms Stop, the second stops; also from outside the text field. */
  escape(): void {
    this.#composer?.escape();
  }

  focusComposer(): void {
    this.#composer?.focus();
  }

  /** Moves the focus to what waits for an answer, from one to the next; false where there is no more. */
  focusApproval(): boolean {
    const all = [...this.querySelectorAll<MxApproval>('mx-approval')];
    const at = all.findIndex((one) => one.contains(document.activeElement));
    const next = all[at + 1];
    next?.scrollIntoView({ block: 'nearest' });
    next?.focus();
    return next !== undefined;
  }

  toEnd(): void {
    this.find<MxConversation>('mx-conversation')?.toEnd();
  }

  speakTotals(): void {
    this.find<MxTotals>('mx-totals')?.speak();
  }

  #open(): void {
    this.#session.follow(this.sessionId, app.connected.value);
    if (this.#session.store) void this.#composing.open(this.#session.store);
  }

  #drag = (event: DragEvent): void => this.#composer?.drag(event);

  /** A command is done; anything else is said. */
  #send = (event: CustomEvent<{ text: string }>): void => {
    const { text } = event.detail;
    const command = slashCommandOf(text);
    const { session } = this.#session.store?.view ?? {};
    if (command && session) {
      this.#composing.forget();
      void command.command.run(this.#context(command.args));
      return;
    }
    this.toEnd();
    tellUnsent();
    if (event.type === 'mx-interrupt') void this.#composing.interruptAndSend(text);
    else this.#composing.send(text);
  };

  #context(args: string): CommandContext {
    const { view } = this.#session.store as NonNullable<FollowSession['store']>;
    return {
      session: view.session as CommandContext['session'],
      view,
      args,
      write: (text) => this.#composer?.write(text),
      show: (what) => this.#show(what),
    };
  }

  #show(what: Parameters<CommandContext['show']>[0]): void {
    if (what === 'model' || what === 'provider') this.find<MxSessionHeader>('mx-session-header')?.focusPick(what);
    else if (what === 'search') this.find<MxConversation>('mx-conversation')?.openSearch();
    else if (this.emit('mx-panel-show', { tab: what })) app.router.go(paths.tools);
  }

  #stop = (): void => {
    const { store } = this.#session;
    if (store) void app.attempt('Not stopped', () => store.stop());
  };

  #retry = (): void => {
    const { store } = this.#session;
    if (store) void app.attempt('Not retried', () => store.retry());
  };

  /** What was stopped by hand is gone on with by saying so; what broke off is tried again. */
  #continue = (): void => {
    const { state } = this.#session.store?.view.turn ?? {};
    if (state === 'interrupted' || state === 'failed') this.#retry();
    else this.#composing.send('Continue.');
  };

  #rename = (event: CustomEvent<{ agent_name: string; title: string | null }>): void => {
    void app.attempt('Not renamed', () => app.rest.patchSession(this.sessionId, event.detail));
  };

  #act = (event: CustomEvent<SessionAction>): void => {
    const { session } = this.#session.store?.view ?? {};
    if (!session) return;
    if (event.detail === 'fork') void forkSession(session);
    else if (event.detail === 'search') this.find<MxConversation>('mx-conversation')?.openSearch();
    else if (event.detail === 'clear') void clearConversation(session);
    else if (event.detail === 'delete') this.#ask();
    else void exportSession(session, event.detail === 'export-json' ? 'json' : 'markdown');
  };

  #keep = (): void => {
    this.deleting = false;
  };

  #changeQueued(event: CustomEvent<{ id: string; text?: string; ord?: number; mode?: 'queue' | 'steer' }>): void {
    const { id, ...change } = event.detail;
    void app.attempt('Queue not changed', () => app.rest.patchQueued(this.sessionId, id, change));
  }

  #removeQueued(event: CustomEvent<{ id: string }>): void {
    void app.attempt('Queue not changed', () => app.rest.removeQueued(this.sessionId, event.detail.id));
  }
}

function lastSaid(view: SessionView): string {
  const message = view.messages.findLast(({ role }) => role === 'user');
  return message ? textOf(message.parts) : '';
}
