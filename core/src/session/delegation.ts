import type { Providers, Tools } from '../extension/registry.js';
import type { Delegation, ToolOutput } from '../extension/tool.js';
import type { Logger } from '../log.js';
import { type ToolOutcome, text } from '../protocol/messages.js';
import { type Child, Children } from '../store/children.js';
import type { Database } from '../store/database.js';
import type { EventLog } from '../store/event-log.js';
import { Lanes } from '../store/lanes.js';
import type { NewSession } from '../store/new-session.js';
import type { Sessions } from '../store/sessions.js';
import type { Turn } from '../store/turns.js';
import { beginsChild } from './child-begin.js';
import { childSwitches } from './child-switches.js';
import type { SessionLimits } from './limits.js';
import type { LiveTurns } from './live-turns.js';
import type { CallInTurn } from './tool-services.js';
import { untilAborted } from './wait.js';
import type { Worker } from './worker.js';

export interface DelegationParts {
  database: Database;
  events: EventLog;
  sessions: Sessions;
  turns: LiveTurns;
  providers: Providers;
  tools: Tools;
  worker: Pick<Worker, 'look' | 'stop'>;
  limits: SessionLimits;
  log: Logger;
}

type Whom = Pick<NewSession, 'provider' | 'model' | 'credential_id' | 'effort'>;

/** Another process may run the agent; what it does is heard late where hints get lost. */
const lookEveryMs = 2_000;

/**
 * Gives calls to agents in sessions of their own. A session is made once for each call, together with the word that it
 * was: whoever runs the call again finds it and waits on.
 */
export class Delegations {
  readonly #children: Children;
  readonly #lanes = new Lanes();
  /** Wakes who waits, by conversation. */
  readonly #waiting = new Map<string, () => void>();

  constructor(private readonly parts: DelegationParts) {
    this.#children = new Children(parts.database);
    parts.events.subscribe((conversationId, events) => {
      const wake = this.#waiting.get(conversationId);
      if (wake && events.some(({ type }) => type.startsWith('turn.'))) wake();
    });
  }

  /** Resolves with the agent's last words, or with why there are none. @throws the reason of the signal */
  async delegate(place: CallInTurn, work: Delegation): Promise<ToolOutput> {
    const { toolCallId, signal, turn } = place;
    turn.delegated.add(toolCallId);
    signal.throwIfAborted();
    const child = (await this.#children.ofCall(toolCallId)) ?? (await this.#begin(place, work));
    if (typeof child === 'string') return failed(child);
    try {
      const end = await this.#end(child, signal);
      const output = await this.#outputOf(child, end, work.agentName);
      await this.#tell(place, child, output.is_error ? 'failed' : 'succeeded');
      return output;
    } catch (error) {
      if (turn.stopped === 'cancelled') {
        await Promise.all([this.#stop(child), this.#tell(place, child, 'cancelled')]);
      }
      throw error;
    }
  }

  /** Gives why not where it may not be. Two calls of one reply are counted one after the other. */
  #begin(place: CallInTurn, work: Delegation): Promise<Child | string> {
    return this.#lanes.run(place.messageId, async () => {
      const why = await this.#refusal(place, work);
      if (why !== null) return why;
      const whom = await this.#whom(place, work);
      if (typeof whom === 'string') return whom;
      const parent = await this.parts.sessions.get(place.call.sessionId);
      const { tools, servers: mcps } = childSwitches(place.call.switches, work, this.parts.tools);
      const { child, writes, events } = beginsChild({ place, work, parent, session: { ...whom, tools, mcps } });
      place.signal.throwIfAborted();
      await place.turn.step(writes, events);
      this.parts.worker.look(child.conversation_id, { fresh: child.turn_id });
      return child;
    });
  }

  async #refusal(place: CallInTurn, { template }: Delegation): Promise<string | null> {
    const { subAgentDepth, subAgentsPerMessage } = this.parts.limits;
    const line = await this.#children.lineOf(place.call.sessionId);
    if ((line[0]?.depth ?? 0) >= subAgentDepth) {
      return `Agents may call agents ${subAgentDepth} levels deep, and this is the last. Do the work yourself.`;
    }
    if (template !== null && line.filter((above) => above.template === template).length > 1) {
      return `"${template}" already waits for itself further up. Do the work yourself, or give it to another agent.`;
    }
    if ((await this.#children.countOf(place.messageId)) >= subAgentsPerMessage) {
      return `One reply may call ${subAgentsPerMessage} agents. Wait for their answers, then call the rest.`;
    }
    return null;
  }

  /** Provider, model and credential: those of the agent, else those that answer the session that asks. */
  async #whom({ turn, signal }: CallInTurn, work: Delegation): Promise<Whom | string> {
    const { providers } = this.parts;
    const { config } = turn;
    const provider = work.provider ?? config.provider;
    const isSame = provider === config.provider;
    const found = providers.find(provider);
    if (!found) return `The agent wants the provider "${provider}", which is not loaded. Call another one.`;
    const own = { provider, credential_id: isSame ? config.credential_id : null, effort: config.effort };
    if (work.model) return { ...own, model: work.model };
    if (isSame) return { ...own, model: config.model };
    const [first] = await found.models({ signal, refresh: false });
    if (first) return { ...own, model: first.id };
    return `The agent names no model, and "${provider}" lists none. Call another one.`;
  }

  /** The turn the agent was given, once it has ended; undefined when its session was removed. */
  async #end({ conversation_id, turn_id }: Child, signal: AbortSignal): Promise<Turn | undefined> {
    if (turn_id === null) return undefined;
    this.parts.worker.look(conversation_id);
    try {
      for (;;) {
        const woken = Promise.withResolvers<void>();
        this.#waiting.set(conversation_id, woken.resolve);
        const turn = await this.parts.turns.turns.get(turn_id);
        if (!turn || !isLive(turn)) return turn;
        const timer = setTimeout(woken.resolve, lookEveryMs);
        await untilAborted(woken.promise, signal).finally(() => clearTimeout(timer));
      }
    } finally {
      this.#waiting.delete(conversation_id);
    }
  }

  async #outputOf(child: Child, end: Turn | undefined, agentName: string): Promise<ToolOutput> {
    const who = `The agent "${agentName}" (session ${child.session_id ?? 'removed'})`;
    if (!end) return failed(`${who} is gone: its session was removed before it answered.`);
    if (end.state === 'cancelled') return failed(`${who} was stopped by the user before it answered.`);
    if (end.state !== 'completed') return failed(`${who} ${end.state}: ${end.error?.message ?? 'nobody knows why'}`);
    const words = await this.#children.lastWords(end.id);
    return words === null ? failed(`${who} ended without a word.`) : { content: [text(words)] };
  }

  /** Once for each agent, however often the call is run. */
  async #tell(place: CallInTurn, { session_id }: Child, outcome: ToolOutcome): Promise<void> {
    const { turnId, conversationId } = place.turn.input;
    if (session_id === null || (await this.#children.isFinishedTold(conversationId, session_id))) return;
    const data = { turn_id: turnId, call_id: place.call.id, session_id, outcome };
    await place.turn.step([], [{ type: 'subagent.finished', data }]);
  }

  async #stop({ conversation_id, session_id }: Child): Promise<void> {
    try {
      await this.parts.worker.stop(conversation_id);
    } catch (cause) {
      this.parts.log.warn('an agent could not be stopped', { session: session_id, cause });
    }
  }
}

function failed(why: string): ToolOutput {
  return { content: [text(why)], is_error: true };
}

function isLive({ state }: Turn): boolean {
  return state === 'queued' || state === 'calling' || state === 'tools';
}
