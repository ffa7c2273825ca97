import { setTimeout as delay } from 'node:timers/promises';
import type { List, Message, Session, SessionEvent, ToolResultPart } from '@maestro/core/protocol';
import type { MaestroProcess } from '../support/maestro-process.js';

/** Gets each line as it happens; `depth` is 0 for the session of the person. */
export type Tell = (line: string, depth: number) => void;

/** Tells what happens in a session, and in those of its agents, until its turn is over. */
export async function follow(server: MaestroProcess, sessionId: string, tell: Tell): Promise<void> {
  const session = await server.must<Session>('GET', `/sessions/${sessionId}`);
  const agents: Promise<void>[] = [];
  let after = 0;
  for (;;) {
    const { items } = await server.must<List<SessionEvent>>('GET', `/sessions/${sessionId}/events?after=${after}`);
    for (const event of items) {
      after = event.seq;
      for (const line of linesOf(event, session)) tell(line, session.depth);
      if (event.type === 'subagent.started') agents.push(follow(server, event.data.session_id, tell));
      // Its caller goes on only now: what it did is told first.
      if (event.type === 'subagent.finished') await Promise.all(agents);
      if (/^turn\.(completed|failed|interrupted|cancelled)$/.test(event.type)) return;
    }
    await delay(30);
  }
}

function linesOf(event: SessionEvent, { provider, model }: Session): string[] {
  if (event.type === 'message.added') return linesOfMessage(event.data.message);
  if (event.type === 'tool.finished') return linesOfResult(event.data.result);
  if (event.type === 'turn.started') return [`(${provider}/${model} begins)`];
  if (event.type === 'turn.failed') return [`failed: ${event.data.error.message}`];
  if (event.type === 'subagent.started') return [`agent "${event.data.agent_name}" is called`];
  return [];
}

/** Results are told when they come, not with their message. */
function linesOfMessage({ role, parts }: Message): string[] {
  return parts.flatMap((part) => {
    if (part.type === 'text') return [`${role === 'user' ? 'asked' : 'says'}: ${part.text}`];
    return part.type === 'tool_call' ? [`calls ${part.name}  ${shownArgs(part.args)}`] : [];
  });
}

/** The short ones first: of a program its language and place are seen, and then its beginning. */
function shownArgs(args: unknown): string {
  const values = Object.entries(args as object).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return short(values.sort((a, b) => a.length - b.length).join(' '));
}

/** Whether it worked, and the end of what it gave: where a program says what came of it. */
function linesOfResult({ name, outcome, content, duration_ms }: ToolResultPart): string[] {
  const output = content.flatMap((part) => {
    if (part.type === 'text') return part.text.split('\n');
    if (part.type === 'terminal') return [...chunkLines(part.chunks), `exit code ${part.exit_code}`];
    return part.type === 'diff' ? part.hunks.flatMap(({ lines }) => lines.filter((line) => !line.startsWith(' '))) : [];
  });
  const last = output.filter((line) => line.trim() !== '').slice(-6);
  return [`${name} ${outcome} (${duration_ms ?? 0} ms)`, ...last.map((line) => `  | ${short(line)}`)];
}

const chunkLines = (chunks: { text: string }[]) =>
  chunks
    .map(({ text }) => text)
    .join('')
    .split('\n');

const short = (line: string) => (line.length > 110 ? `${line.slice(0, 110)} ...` : line);
