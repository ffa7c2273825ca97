import type { MaestroRest } from '../client/index.js';
import type { ContentPart, Message, Part } from '../protocol/index.js';
import { defineCommand, json, place } from './command.js';
import { withServer } from './connection.js';
import { plain, printJson } from './output.js';

const PAGE = 200;

export const command = defineCommand({
  usage: 'session show SESSION [--json] [--home D]',
  summary: 'Prints a session and its whole current conversation.',
  example: 'maestro session show 4f1c --json',
  options: { ...place, ...json },
  arity: [1, 1],
  async run(call) {
    const id = call.args[0]!;
    const [session, messages, queue] = await withServer(call, ({ rest }) =>
      Promise.all([rest.session(id), allMessages(rest, id), rest.queue(id)]),
    );
    if (call.flags.json) printJson(call, { ...session, messages, queue: queue.items });
    else {
      const name = session.title ?? session.agent_name;
      const head = `${name} (${session.session_id}): ${session.status}, ${session.provider}/${session.model}`;
      call.stdout.write(`${plain(head)}\nin ${plain(session.working_directory)}\n`);
      for (const message of messages) call.stdout.write(`\n${plain(asText(message))}\n`);
      for (const { text } of queue.items) call.stdout.write(`\n[waiting]\n${plain(text)}\n`);
    }
    return 0;
  },
});

async function allMessages(rest: MaestroRest, id: string): Promise<Message[]> {
  let messages: Message[] = [];
  let before: number | undefined;
  do {
    const page = await rest.messages(id, { limit: PAGE, ...(before !== undefined && { before }) });
    messages = [...page.items, ...messages];
    before = page.items[0]?.pos;
  } while (before !== undefined && before > 1);
  return messages;
}

function asText({ role, status, parts }: Message): string {
  const mark = status === 'complete' ? '' : `, ${status}`;
  return [`[${role}${mark}]`, ...parts.map(partText)].join('\n');
}

function partText(part: Part | ContentPart): string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'thinking':
      return `(thinking) ${part.text}`;
    case 'tool_call':
      return `(calls ${part.name}) ${JSON.stringify(part.args)}`;
    case 'tool_result':
      return [`(${part.name} ${part.outcome})`, ...part.content.map(partText)].join('\n');
    case 'diff':
      return [`(changed ${part.path})`, ...part.hunks.flatMap(({ lines }) => lines)].join('\n');
    case 'terminal':
      return part.chunks.map(({ text }) => text).join('');
    default:
      return `(${part.type})`;
  }
}
