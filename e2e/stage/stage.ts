import { randomUUID } from 'node:crypto';
import type { Session } from '@maestro/core/protocol';
import { type ProviderSim, type Reply, startProviderSim } from '@maestro/provider-sim';
import { dropHome, MaestroProcess } from '../support/maestro-process.js';
import { trioHome, trioKeys } from '../support/three-providers.js';
import { until } from '../support/until.js';
import { type Actor, cast } from './cast.js';
import { furnish } from './furnish.js';
import { dropProject, makeProject, projectFolder } from './project.js';

const resting = {
  idle: ['idle'],
  error: ['error'],
  streaming: ['streaming'],
  thinking: ['thinking'],
  tool: ['tool'],
  approval: ['approval'],
} as const;

/**
 * The server with a cast of agents in every state there is, as the mock-ups show them: the same each time, for pictures
 * and for tests that look at whole pages. Its models are scripts on the simulator; everything else is real.
 */
export class Stage {
  readonly sessions = new Map<string, Session>();

  private constructor(
    readonly sim: ProviderSim,
    readonly server: MaestroProcess,
  ) {}

  static async open(): Promise<Stage> {
    await makeProject();
    const sim = await startProviderSim({ script: lines(), seed: 'stage' });
    const server = await MaestroProcess.start({ home: await trioHome(sim.url), env: trioKeys });
    const stage = new Stage(sim, server);
    try {
      await furnish(server);
      for (const actor of cast) await stage.#enter(actor);
      return stage;
    } catch (error) {
      await stage.close();
      throw error;
    }
  }

  session(name: string): Session {
    const session = this.sessions.get(name);
    if (!session) throw new Error(`nobody is called ${name}; there are: ${[...this.sessions.keys()].join(', ')}`);
    return session;
  }

  /** Ends the server and the simulator, and removes everything they wrote. */
  async close(): Promise<void> {
    this.sim.holds.release();
    await this.server.stop();
    await this.sim.close();
    await dropHome(this.server.home);
    await dropProject();
  }

  async #enter({ name, role, provider, model, says, ends }: Actor): Promise<void> {
    const session = await this.server.must<Session>('POST', '/sessions', {
      agent_name: name,
      role,
      provider,
      model,
      working_directory: projectFolder,
      ...(ends === 'approval' && { approval: 'ask' }),
    });
    this.sessions.set(name, session);
    const messages = Object.keys(says).filter((text) => !text.startsWith('Measure'));
    for (const [index, text] of messages.entries()) {
      const isLast = index === messages.length - 1;
      await this.#say(session, spoken[text] ?? text);
      await this.#settle(session, name, isLast && ends !== 'error' ? ends : 'idle');
    }
    if (ends !== 'error') return;
    this.sim.fault({ type: 'status', status: 403, message: 'Your organization must be verified to use this model.' });
    await this.#say(session, 'And what of attempt 0?');
    await this.#settle(session, name, 'error');
  }

  async #say(session: Session, text: string): Promise<void> {
    const body = { client_key: randomUUID(), text };
    await this.server.must('POST', `/sessions/${session.session_id}/messages`, body);
  }

  async #settle(session: Session, name: string, at: keyof typeof resting): Promise<void> {
    await until(`${name} to be at "${at}"`, async () => {
      const now = await this.server.must<Session>('GET', `/sessions/${session.session_id}`);
      if (now.status === 'error' && at !== 'error')
        throw new Error(`${name} failed:\n${this.server.output.slice(-1500)}`);
      return (resting[at] as readonly string[]).includes(now.status) || undefined;
    });
  }
}

/** What people say in full, where the cast names only the beginning. */
const spoken: Readonly<Record<string, string>> = {
  'Webhook deliveries hammer':
    'Webhook deliveries hammer a failing endpoint: every retry fires after exactly 5 s. Add exponential backoff with full jitter in @lib/tidewater/webhooks/dispatcher.ex, cap it at 15 minutes and prove it with tests.',
  'No scheduler changes': 'No scheduler changes. Floor it at 1 s and rerun.',
  'Compare jitters': 'Compare jitters for a queue of 40 to 60 endpoints.',
};

/** Each message is answered round by round; what nobody has lines for is repeated by the simulator. */
function lines(): (request: { lastUserText: string }) => Reply | undefined {
  const rounds = new Map<string, number>();
  const all = cast.flatMap(({ says }) => Object.entries(says));
  return ({ lastUserText }) => {
    const [beginning, replies] = all.find(([text]) => lastUserText.includes(text)) ?? [];
    if (beginning === undefined || !replies) return undefined;
    const round = rounds.get(beginning) ?? 0;
    rounds.set(beginning, round + 1);
    return replies[Math.min(round, replies.length - 1)];
  };
}
