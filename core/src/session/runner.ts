import { randomUUID } from 'node:crypto';
import { MaestroError, type ProviderError } from '../errors.js';
import type { Credential, Provider } from '../extension/provider.js';
import type { Providers } from '../extension/registry.js';
import { deltaTopic, type Live } from '../live/port.js';
import type { Logger } from '../log.js';
import type { OnLimit } from '../protocol/resources.js';
import type { Blobs } from '../store/blobs.js';
import type { Compactions } from '../store/compactions.js';
import type { NewDraft } from '../store/drafts.js';
import type { EventLog } from '../store/event-log.js';
import type { Messages } from '../store/messages.js';
import type { Queue } from '../store/queue.js';
import type { Fence, ModelChoice, Step, TurnConfig } from '../store/step.js';
import type { Turn } from '../store/turns.js';
import { compacted, inFull } from './compacted-history.js';
import type { CompactionPorts } from './compaction.js';
import { DraftWriter } from './draft-writer.js';
import type { Fallbacks } from './fallbacks.js';
import type { SessionLimits } from './limits.js';
import type { LiveTurns } from './live-turns.js';
import type { OriginQueue } from './origin-queue.js';
import type { Estimator, Pricing } from './pricing.js';
import { type PromptSources, promptStack, systemText } from './prompt-stack.js';
import type { RetryPolicy } from './retry.js';
import type { Wire } from './send.js';
import type { Capabilities } from './shown-media.js';
import type { ToolOffer } from './tool-offer.js';
import type { ToolRunner } from './tool-run.js';
import type { ToolServices } from './tool-services.js';
import { type Asking, type TurnEnd, type TurnInput, type TurnItem, turn } from './turn.js';
import type { Clock } from './wait.js';

/** Where credentials come from, and who is told how they fare. */
export interface CredentialSource {
  open(id: string, provider?: string): Promise<Credential>;
  pick(provider: string, accepted?: readonly string[]): Promise<Credential | undefined>;
  /** A fresh one in place of one that was refused (401). @throws ProviderError `auth` where a person must sign in anew */
  refresh(credential: Credential): Promise<Credential>;
  /** Told after each call that was made with it. */
  used(credential: Credential, outcome: 'ok' | ProviderError): Promise<void>;
}

export interface RunnerParts {
  events: EventLog;
  messages: Messages;
  compactions: Compactions;
  compaction: Pick<CompactionPorts, 'settings' | 'sizes' | 'calibration' | 'estimate'>;
  /** What tools want the model of a session to keep in mind. */
  reminders(sessionId: string): Promise<string[]>;
  blobs: Pick<Blobs, 'open'>;
  queue: Queue;
  turns: LiveTurns;
  providers: Providers;
  credentials: CredentialSource;
  fallbacks: Fallbacks;
  tools: ToolRunner;
  offer: ToolOffer;
  leave: TurnInput['leave'];
  guards: TurnInput['guards'];
  services: ToolServices;
  wire: Wire;
  calls: OriginQueue;
  prices: Pricing;
  estimate?: Estimator | undefined;
  capabilities?: Capabilities | undefined;
  onLimit: OnLimit;
  live: Live;
  log: Logger;
  prompt: PromptSources;
  limits: SessionLimits;
  retry: RetryPolicy;
  clock: Clock;
}

/** Runs a turn on real parts: commits what it yields, tells its running text, keeps its draft. */
export class TurnRunner {
  readonly #drafts = new Map<string, DraftWriter>();

  constructor(private readonly parts: RunnerParts) {}

  /**
   * Runs a live turn to its end.
   *
   * @throws whatever a commit was refused with (`fence.lost`, `step.refused`, the database away); what keeps the turn
   *   from starting, as MaestroError: an unknown provider, no credential, a broken history
   */
  async run(row: Turn, sessionId: string, fence: Fence, signal: AbortSignal): Promise<TurnEnd> {
    const { events, limits, log } = this.parts;
    const input = await this.#input(row, sessionId, signal);
    const drafts = new DraftWriter(row.id, limits, (draft) => events.saveDraft(fence, draft), log);
    this.#drafts.set(fence.conversationId, drafts);
    try {
      const end = await this.#drive(turn(input), fence, drafts);
      if (end === 'closing') await drafts.flush();
      return end;
    } finally {
      this.#drafts.delete(fence.conversationId);
      await drafts.close();
    }
  }

  /** The text that streams in now, to the last word. */
  draft(conversationId: string): NewDraft | null {
    return this.#drafts.get(conversationId)?.current ?? null;
  }

  /** Commits a step; waits for a database that is away, as long as the limits say. */
  async commit(fence: Fence, step: Step): Promise<void> {
    const { events, clock, limits, log } = this.parts;
    const until = clock.now() + limits.commitMs;
    for (let waitMs = 100; ; waitMs = Math.min(2 * waitMs, 2_000)) {
      try {
        await events.commit(fence, step);
        return;
      } catch (error) {
        if (!isPassing(error) || clock.now() + waitMs > until) throw error;
        log.warn('a step could not be committed and is tried again', { cause: error });
        await clock.sleep(waitMs, never);
      }
    }
  }

  async #drive(items: AsyncGenerator<TurnItem, TurnEnd, void>, fence: Fence, drafts: DraftWriter): Promise<TurnEnd> {
    let next = await items.next();
    while (!next.done) {
      const fault = await this.#take(next.value, fence, drafts);
      next = fault ? await items.throw(fault.error) : await items.next();
    }
    return next.value;
  }

  async #take(item: TurnItem, fence: Fence, drafts: DraftWriter): Promise<{ error: unknown } | null> {
    if (item.kind === 'delta') {
      drafts.push(item.delta);
      this.parts.live.publish(deltaTopic(fence.conversationId), item.delta);
      return null;
    }
    try {
      // A save that came after the message would leave a draft behind.
      if (item.step.writes.some(({ write }) => write === 'draft.drop')) await drafts.close();
      await this.commit(fence, item.step);
      return null;
    } catch (error) {
      return { error };
    }
  }

  async #input(row: Turn, sessionId: string, signal: AbortSignal): Promise<TurnInput> {
    const { config, conversation_id: conversationId } = row;
    const { providers, messages, blobs, queue, turns, tools, offer, credentials, fallbacks, ...parts } = this.parts;
    const { leave, guards, services, wire, calls, prices, estimate, capabilities, onLimit, limits, retry, clock, log } =
      parts;
    const { compactions, compaction, reminders } = this.parts;
    const provider = providers.get(config.provider);
    const telling = (await compactions.active(conversationId)) ?? inFull;
    const offered = () => offer.descriptions(sessionId, { tools: config.tools, servers: config.mcps ?? {} });
    return {
      sessionId,
      conversationId,
      turnId: row.id,
      attempts: row.attempts,
      config,
      system: await this.#system(config, conversationId, (await offered()).length > 0),
      history: compacted(await messages.history(conversationId, telling.upto_pos), telling),
      pending: await turns.pending(row),
      pause: await turns.pause(row),
      provider,
      credential: await this.#credential(provider, config),
      credentials,
      onLimit,
      fallback: (asking) => fallbacks.after(asking),
      compaction: {
        ...compaction,
        messages: () => messages.history(conversationId),
        active: () => compactions.active(conversationId),
        reminders: () => reminders(sessionId),
      },
      another: (choice) => this.#another(config, choice),
      calls,
      prices,
      estimate,
      capabilities,
      blob: (sha256) => blobs.open(sha256),
      tools: offered,
      run: tools,
      leave,
      guards,
      services,
      wire,
      steer: async () => (await queue.list(conversationId)).filter(({ mode }) => mode === 'steer'),
      limits,
      retry,
      clock,
      newId: randomUUID,
      signal,
      log,
    };
  }

  async #system(config: TurnConfig, conversationId: string, hasTools: boolean): Promise<string> {
    const { messages, prompt: sources } = this.parts;
    const { system_prompt: prompt, working_directory: workingDirectory } = config;
    const began = (await messages.began(conversationId)) ?? new Date();
    return systemText(await promptStack({ prompt, workingDirectory, began, hasTools }, sources));
  }

  /** Another model of the same provider is asked with the same credential. */
  async #another(turn: TurnConfig, { provider: id, model }: ModelChoice): Promise<Asking> {
    const provider = this.parts.providers.get(id);
    const credential_id = id === turn.provider ? turn.credential_id : null;
    const config = { ...turn, provider: id, model, credential_id };
    return { provider, credential: await this.#credential(provider, config), config };
  }

  async #credential(provider: Provider, config: TurnConfig): Promise<Credential | undefined> {
    const { credentials } = this.parts;
    if (provider.auth.length === 0) return undefined;
    if (config.credential_id) return credentials.open(config.credential_id, provider.id);
    const picked = await credentials.pick(provider.id, provider.auth);
    if (picked) return picked;
    const message = `${provider.label} needs a key or a sign-in: add one with \`maestro auth login ${provider.id}\`, then retry`;
    throw new MaestroError('credential.missing', message);
  }
}

const never = new AbortController().signal;

/** Whether an error says that the database is away or busy, rather than that it refused. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof MaestroError || error instanceof TypeError) return false;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // SQLSTATE classes: connection, rollback by a conflict, resources, operator (a shutdown, a time limit).
  return /^[0-9A-Z]{5}$/.test(code) ? /^(08|40|53|57)/.test(code) : true;
}
