import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { List, Session, TemplateResource } from '@maestro/core/protocol';
import { type ProviderSim, startProviderSim } from '@maestro/provider-sim';
import { dropHome, MaestroProcess, repository } from '../support/maestro-process.js';
import { newSession, trio, trioHome, trioKeys } from '../support/three-providers.js';
import { follow, type Tell } from './follow.js';
import { task, wholeJobScript } from './script.js';

/** The task of the demonstration, done by the real server with real tools; its models are scripts on the simulator. */
export class WholeJob {
  private constructor(
    readonly sim: ProviderSim,
    readonly server: MaestroProcess,
    /** Where the agents work: with `upstream`, and then with `work`. */
    readonly folder: string,
  ) {}

  static async open(): Promise<WholeJob> {
    const folder = await mkdtemp(path.join(tmpdir(), 'maestro-demo-'));
    await cp(path.join(repository, 'e2e', 'demo', 'project'), path.join(folder, 'upstream'), { recursive: true });
    const sim = await startProviderSim({ script: wholeJobScript });
    try {
      const server = await MaestroProcess.start({ home: await trioHome(sim.url), env: trioKeys });
      return new WholeJob(sim, server, folder);
    } catch (error) {
      await sim.close();
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  /** Gives the session of the lead and those of its agents, once all is done. */
  async run(tell: Tell): Promise<{ lead: Session; agents: Session[] }> {
    const [anthropic, openai] = trio;
    await this.server.must<TemplateResource>('POST', '/templates', {
      name: 'Second reader',
      description: 'Reads a change with fresh eyes.',
      system_prompt: 'You review changes. Look at the difference before you judge.',
      preferred_provider: openai!.id,
      preferred_model: openai!.model,
      tools: ['run_shell_command'],
    });
    const { session_id } = await newSession(this.server, anthropic!, this.folder);
    await this.server.must('POST', `/sessions/${session_id}/messages`, { client_key: 'the-job', text: task });
    await follow(this.server, session_id, tell);
    const { items } = await this.server.must<List<Session>>('GET', `/sessions/${session_id}/children`);
    return { lead: await this.server.must<Session>('GET', `/sessions/${session_id}`), agents: items };
  }

  /** Ends the server and the simulator, and removes everything they wrote. */
  async close(): Promise<void> {
    await this.server.stop();
    await this.sim.close();
    await dropHome(this.server.home);
    await rm(this.folder, { recursive: true, force: true });
  }
}
