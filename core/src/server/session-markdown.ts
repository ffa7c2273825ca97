import type { ContentPart, Message, Part } from '../protocol/messages.js';
import type { Session } from '../protocol/resources.js';

/** What stands above the messages of a session that is given away as Markdown. */
export function markdownHead(session: Session, exportedAt: string): string {
  const { agent_name, title, role, provider, model, working_directory, created_at, totals } = session;
  const facts: [string, string][] = [
    ['Agent', role === null ? agent_name : `${agent_name}, ${role}`],
    ['Model', `${provider} / ${model}`],
    ['Directory', working_directory],
    ['Begun', created_at],
    ['Exported', exportedAt],
    ['Tokens', `${totals.request_tokens} in, ${totals.response_tokens} out`],
    ['Cost', totals.total_cost_usd === null ? 'no price' : `${totals.total_cost_usd} USD`],
  ];
  const lines = facts.map(([name, value]) => `- ${name}: ${oneLine(value)}`);
  return `# ${oneLine(title ?? agent_name)}\n\n${lines.join('\n')}\n`;
}

/** One message, as its author wrote it; what tools gave stands in fences. */
export function markdownMessage({ role, status, parts, created_at }: Message, agent: string): string {
  const who = { user: 'You', assistant: oneLine(agent), tool: 'Tools', system: 'System' }[role];
  const mark = status === 'complete' ? '' : `, ${status}`;
  const body = parts.map(partText).filter((text) => text !== '');
  return `\n## ${who}, ${created_at}${mark}\n\n${body.join('\n\n')}\n`;
}

function partText(part: Part | ContentPart): string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'thinking':
      return part.text === '' ? '' : quoted(part.text);
    case 'tool_call':
      return `**Calls ${oneLine(part.name)}**\n\n${fenced(JSON.stringify(part.args, null, 2), 'json')}`;
    case 'tool_result': {
      const content = part.content.map((one) => (one.type === 'text' ? fenced(one.text) : partText(one)));
      return [`**${oneLine(part.name)}: ${part.outcome}**`, ...content].join('\n\n');
    }
    case 'diff': {
      const lines = part.hunks.flatMap(({ lines }) => lines).join('\n');
      return `${oneLine(part.path)}\n\n${fenced(lines, 'diff')}`;
    }
    case 'terminal': {
      const output = part.chunks.map(({ text }) => text).join('');
      return `${fenced(output)}${part.exit_code === null ? '' : `\n\nexit ${part.exit_code}`}`;
    }
    default:
      return `Attached: ${oneLine(part.name ?? 'image')} (${part.media_type}, ${part.blob})`;
  }
}

/** A fence longer than any inside it. */
function fenced(text: string, language = ''): string {
  const longest = (text.match(/`{3,}/g) ?? []).reduce((most, { length }) => Math.max(most, length), 2);
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text.replace(/\n$/, '')}\n${fence}`;
}

function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ');
}
