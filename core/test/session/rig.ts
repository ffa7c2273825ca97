import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect } from 'chai';
import { Type } from 'typebox';
import type { ProviderResponse } from '../../src/extension/provider.js';
import { Providers, Tools } from '../../src/extension/registry.js';
import { type Delegation, defineTool, type Tool, type ToolOutput } from '../../src/extension/tool.js';
import { MemoryLive } from '../../src/live/memory.js';
import type { Live } from '../../src/live/port.js';
import { silentLog } from '../../src/log.js';
import type { SessionEvent } from '../../src/protocol/events.js';
import { type Message, text } from '../../src/protocol/messages.js';
import type { Session } from '../../src/protocol/resources.js';
import type { CompactionPorts } from '../../src/session/compaction.js';
import { type EngineOptions, SessionEngine } from '../../src/session/engine.js';
import type { Estimator, Pricing } from '../../src/session/pricing.js';
import type { CredentialSource } from '../../src/session/runner.js';
import type { Wire } from '../../src/session/send.js';
import type { Database } from '../../src/store/database.js';
import { EventLog } from '../../src/store/event-log.js';
import { checkInvariants } from '../../src/store/invariants.js';
import { Messages } from '../../src/store/messages.js';
import { Instances } from '../../src/store/ownership.js';
import { Queue } from '../../src/store/queue.js';
import { Sessions } from '../../src/store/sessions.js';
import { ToolSwitches } from '../../src/store/tools.js';
import { Turns } from '../../src/store/turns.js';
import type { ScriptedProvider } from '../../src/testing/scripted-provider.js';

/** A server without its doors: the engine on a real database, with a model that does what it is told. */
export class Rig {
  readonly events: EventLog;
  readonly sessions: Sessions;
  readonly instances: Instances;
  readonly live: Live;
  readonly switches: ToolSwitches;
  readonly providers = new Providers();
  readonly tools = new Tools();
  readonly engine: SessionEngine;
  readonly messages: Messages;
  readonly queue: Queue;
  readonly turns: Turns;

  private constructor(
    readonly db: Database,
    readonly provider: ScriptedProvider,
    options: RigOptions,
  ) {
    this.events = options.events?.(db) ?? new EventLog(db);
    this.sessions = new Sessions(db, this.events);
    this.live = options.live ?? new MemoryLive(silentLog);
    this.instances = new Instances(db, silentLog);
    this.switches = new ToolSwitches(db);
    this.messages = new Messages(db);
    this.queue = new Queue(db);
    this.turns = new Turns(db);
    this.providers.add(provider, 'test');
    for (const tool of options.tools ?? []) this.tools.add(tool, 'test');
    const { events, sessions, instances, switches, providers, tools, live } = this;
    const none = { open: fail, pick: async () => undefined, refresh: fail, used: async () => undefined };
    const credentials = { ...none, ...options.credentials };
    const wire = options.wire ?? { render: fail, send: fail };
    const {
      limits,
      retry,
      clock,
      prices,
      estimate,
      callsPerOrigin,
      onLimit,
      fallbacks,
      approval,
      budgets,
      prompt,
      sizes,
    } = options;
    const parts = {
      database: db,
      ...{ events, sessions, instances, switches, providers, tools, live, credentials, wire },
      ...(prices && { prices }),
      ...(estimate && { estimate }),
      ...(sizes && { sizes }),
    };
    this.engine = new SessionEngine(parts, {
      limits: { draftMs: 5, sweepMs: 60_000, toolStopMs: 200, callCloseMs: 20, ...limits },
      retry: { baseMs: 1, maxMs: 2, ...retry },
      ...(clock && { clock }),
      ...(callsPerOrigin && { callsPerOrigin }),
      ...(onLimit && { onLimit }),
      ...(fallbacks && { fallbacks }),
      ...(approval && { approval }),
      ...(prompt && { prompt }),
      ...(options.compaction && { compaction: options.compaction }),
      ...(budgets && { budgets }),
    });
  }

  /** @param options `join`: beside the servers that run on this database already */
  static async open(db: Database, provider: ScriptedProvider, options: RigOptions = {}): Promise<Rig> {
    const rig = new Rig(db, provider, options);
    await rig.instances.register({ host: 'here', pid: process.pid, alone: options.join !== true });
    await rig.switches.seed(rig.tools.all());
    if (options.join !== true) await rig.engine.recover();
    rig.engine.start();
    return rig;
  }

  session(given: Partial<Parameters<Sessions['create']>[0]> = {}): Promise<Session> {
    return this.sessions.create({
      agent_name: 'Tester',
      provider: this.provider.id,
      model: 'scripted-1',
      working_directory: '/nowhere',
      system_prompt: 'Be brief.',
      ...given,
    });
  }

  send(session: Session, words: string, mode: 'queue' | 'steer' = 'queue', client_key: string = randomUUID()) {
    return this.engine.submit({ session_id: session.session_id, client_key, text: words, mode });
  }

  history(session: Session): Promise<Message[]> {
    return this.messages.page(session.conversation_id, { limit: 200 }).then(({ items }) => items);
  }

  /** Who said what, and how it ended where not well. */
  async spoken(session: Session): Promise<string[]> {
    return (await this.history(session)).map(({ role, status, parts }) => {
      const said = parts.map((part) => {
        if (part.type === 'tool_result') return `=${part.outcome}`;
        if (part.type === 'tool_call') return `${part.name}()`;
        return 'text' in part ? part.text : part.type;
      });
      return `${role}${status === 'complete' ? '' : `(${status})`}: ${said.join(' ')}`;
    });
  }

  log(session: Session): Promise<SessionEvent[]> {
    return this.events.read(session.conversation_id, 0, 10_000);
  }

  async told(session: Session): Promise<string[]> {
    return (await this.log(session)).map(({ type }) => type);
  }

  /** Resolves with the last turn once nothing is live and nothing waits. */
  async rest(session: Session): Promise<NonNullable<Awaited<ReturnType<Turns['last']>>>> {
    await until(async () => {
      // One statement, so that nothing slips through between two looks.
      const { rows } = await this.db.query<{ state: string; waits: boolean }>(
        `select t.state, exists (select 1 from queued_messages q where q.conversation_id = t.conversation_id) as waits
         from turns t where t.conversation_id = $1 order by t.created_at desc, t.id desc limit 1`,
        [session.conversation_id],
      );
      const { state = 'queued', waits = false } = rows[0] ?? {};
      return state === 'interrupted' || (!waits && !['queued', 'calling', 'tools'].includes(state));
    });
    const last = await this.turns.last(session.conversation_id);
    if (!last) throw new Error('there was no turn');
    return last;
  }

  status(session: Session): Promise<string> {
    return this.sessions.get(session.session_id).then(({ status }) => status);
  }

  async isSound(): Promise<void> {
    expect(await checkInvariants(this.db)).to.deep.equal([]);
  }

  async close(graceMs = 5_000): Promise<void> {
    await this.engine.close(graceMs);
    await this.instances.close();
  }
}

export interface RigOptions extends EngineOptions {
  tools?: readonly Tool[];
  wire?: Wire;
  credentials?: Partial<CredentialSource>;
  events?: (db: Database) => EventLog;
  join?: boolean;
  /** What two servers share, as Redis would be. */
  live?: Live;
  prices?: Pricing;
  estimate?: Estimator;
  sizes?: CompactionPorts['sizes'];
}

const fail = (): never => {
  throw new Error('not to be used here');
};

export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** A tool that does what `run` says and counts nothing by itself. */
/** A tool that gives its work to an agent. */
export function agentTool(given: Partial<Delegation> = {}): Tool {
  return defineTool({
    id: 'agent',
    title: 'Agent',
    description: 'Gives work to an agent.',
    parameters: Type.Object({ prompt: Type.String() }),
    effects: 'exec',
    retry: 'safe',
    parallel: true,
    run: ({ prompt }, context) =>
      context.delegate({ agentName: 'Helper', template: 'helper', systemPrompt: 'Help.', prompt, ...given }),
  });
}

export function tool(id: string, run: Tool['run'], given: Partial<Pick<Tool, 'effects' | 'retry'>> = {}): Tool {
  return defineTool({
    id,
    title: id,
    description: `The tool ${id}.`,
    parameters: Type.Object({ n: Type.Optional(Type.Number()) }),
    effects: 'write',
    retry: 'never',
    run,
    ...given,
  });
}

export function gives(words: string): ToolOutput {
  return { content: [text(words)] };
}

/** A promise to be kept by hand. */
export function gate(): PromiseWithResolvers<void> {
  return Promise.withResolvers<void>();
}

/** A wire to a server that answers from a list; it remembers what it got. */
export class ListWire implements Wire {
  readonly sent: string[] = [];
  constructor(private readonly answers: (Partial<ProviderResponse> | Error)[]) {}
  render: Wire['render'] = ({ body, origin }) => ({
    method: 'POST',
    url: `${origin}/v1`,
    redactedHeaders: [
      ['host', 'example'],
      ['x-key', '<redacted:key:1234>'],
    ],
    body,
  });
  send: Wire['send'] = async ({ body }) => {
    this.sent.push(body.toString());
    const answer = this.answers.shift() ?? {};
    if (answer instanceof Error) throw answer;
    return { status: 200, headers: [['Request-Id', 'req-1']], body: chunks('one', 'two'), ...answer };
  };
}

export async function* chunks(...parts: string[]): AsyncGenerator<Buffer> {
  for (const part of parts) yield Buffer.from(part);
}

/** A folder that is removed after the test. */
export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'maestro-engine-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
