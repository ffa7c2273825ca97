import type { ContentPart, Message, Part } from '../protocol/messages.js';
import { cutMiddle } from './output.js';

/** What is told of one result or one call to whoever sums up: how it began and how it ended. */
const resultBytes = 3_000;
const argumentBytes = 1_000;

/** A message as whoever sums up reads it. */
export function transcribed({ role, parts }: Pick<Message, 'role' | 'parts'>): string {
  const said = parts.flatMap(partText).filter((words) => words !== '');
  return `[${role === 'tool' ? 'results' : role}]\n${said.join('\n')}\n`;
}

function partText(part: Part): string[] {
  switch (part.type) {
    case 'text':
      return [part.text];
    case 'tool_call':
      return [`(calls ${part.name}) ${cutMiddle(JSON.stringify(part.args) ?? '', argumentBytes)}`];
    case 'tool_result': {
      const content = part.content.map(contentText).join('\n');
      return [`(${part.name} ${part.outcome}) ${cutMiddle(content, resultBytes)}`];
    }
    case 'thinking':
      return [];
    default:
      return [part.type === 'file' ? `(the file ${part.name})` : '(an image)'];
  }
}

function contentText(part: ContentPart): string {
  switch (part.type) {
    case 'text':
      return part.text;
    case 'diff':
      return [`changed ${part.path}:`, ...part.hunks.flatMap(({ lines }) => lines)].join('\n');
    case 'terminal':
      return `${part.chunks.map(({ text }) => text).join('')}\nexit code ${part.exit_code}`;
    default:
      return part.type === 'file' ? `the file ${part.name}` : 'an image';
  }
}

/** Texts in as few pieces as hold `maxTokens` each; a text that is longer than a piece is taken apart. */
export function inPieces(texts: readonly string[], maxTokens: number, count: (text: string) => number): string[] {
  const pieces: { text: string; tokens: number }[] = [];
  for (const text of texts.flatMap((each) => apart(each, maxTokens, count))) {
    const tokens = count(text);
    const last = pieces.at(-1);
    if (last && last.tokens + tokens <= maxTokens) Object.assign(last, joined(last, text, tokens));
    else pieces.push({ text, tokens });
  }
  return pieces.map(({ text }) => text);
}

const joined = (piece: { text: string; tokens: number }, text: string, tokens: number) => ({
  text: `${piece.text}\n${text}`,
  tokens: piece.tokens + tokens,
});

function apart(text: string, maxTokens: number, count: (text: string) => number): string[] {
  if (text.length < 2 || count(text) <= maxTokens) return [text];
  const middle = text.length >> 1;
  // Never between the two halves of one character.
  const at = /[\udc00-\udfff]/.test(text[middle]!) ? middle + 1 : middle;
  return [text.slice(0, at), text.slice(at)].flatMap((half) => apart(half, maxTokens, count));
}
