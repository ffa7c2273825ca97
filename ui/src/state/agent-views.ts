import { SessionStore } from '@maestro/core/client';
import type { Session, SessionView } from '@maestro/core/protocol';
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { AgentShown } from '../elements/mx-subagent.js';
import { app } from './app.js';

interface Followed {
  store: SessionStore;
  followers: number;
}

const NONE: ReadonlyMap<string, AgentShown> = new Map();

/** The sessions that answer calls of another: who they are, and what they do while somebody looks. */
export class AgentViews implements ReactiveController {
  #sessionId = '';
  #children: readonly Session[] = [];
  readonly #followed = new Map<string, Followed>();
  #shown: { of: unknown[]; agents: ReadonlyMap<string, AgentShown> } = { of: [], agents: NONE };
  #asked = '';
  #isDue = false;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostDisconnected(): void {
    for (const { store } of this.#followed.values()) store.close();
    this.#followed.clear();
    this.#asked = '';
  }

  /** By call id; the same map while nothing about them changed. */
  of(view: SessionView): ReadonlyMap<string, AgentShown> {
    this.#ask(view);
    const views = [...this.#followed.values()].map(({ store }) => store.view);
    const of = [view.agents, this.#children, ...views];
    const { of: before } = this.#shown;
    if (before.length === of.length && of.every((one, index) => one === before[index])) return this.#shown.agents;
    this.#shown = { of, agents: this.#made(view) };
    return this.#shown.agents;
  }

  #made(view: SessionView): ReadonlyMap<string, AgentShown> {
    const agents = new Map<string, AgentShown>();
    for (const child of this.#children) {
      if (child.parent_call_id !== null) agents.set(child.parent_call_id, this.#agent(child.session_id, child));
    }
    for (const [call_id, { session_id, agent_name }] of view.agents) {
      if (!agents.has(call_id)) agents.set(call_id, { ...this.#agent(session_id, null), agent_name });
    }
    return agents.size === 0 ? NONE : agents;
  }

  #agent(session_id: string, listed: Session | null): AgentShown {
    const followed = this.#followed.get(session_id)?.store;
    const session = followed?.view.session ?? listed;
    return {
      session_id,
      agent_name: session?.agent_name ?? '',
      session,
      view: followed?.state === 'ready' ? followed.view : null,
      slot: session ? app.slotOf(session.provider) : '',
      follow: () => this.#follow(session_id),
    };
  }

  /** Asked anew when the session is another or its agents are others or at another point. */
  #ask({ session, agents, results }: SessionView): void {
    if (!session) return;
    const ended = [...agents.values()].filter(({ outcome }) => outcome !== null).length;
    const asked = `${session.session_id} ${agents.size} ${ended} ${results.size > 0}`;
    if (asked === this.#asked) return;
    this.#asked = asked;
    if (this.#sessionId !== session.session_id) this.#children = [];
    this.#sessionId = session.session_id;
    // Without them the calls look like those of any tool.
    void app.rest.children(session.session_id).then(
      ({ items }) => {
        if (this.#sessionId !== session.session_id) return;
        if (items.length > 0 || this.#children.length > 0) this.#children = items;
        this.host.requestUpdate();
      },
      () => undefined,
    );
  }

  #follow(session_id: string): () => void {
    const socket = app.connected.value?.socket;
    if (!socket) return () => undefined;
    const known = this.#followed.get(session_id);
    const followed = known ?? { store: new SessionStore({ rest: app.rest, socket, session_id }), followers: 0 };
    followed.followers += 1;
    if (!known) {
      this.#followed.set(session_id, followed);
      followed.store.subscribe(() => this.#changed());
      followed.store.open();
    }
    return () => {
      followed.followers -= 1;
      if (followed.followers > 0 || this.#followed.get(session_id) !== followed) return;
      this.#followed.delete(session_id);
      followed.store.close();
    };
  }

  #changed(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.host.requestUpdate();
    });
  }
}
