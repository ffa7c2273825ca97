import { refuse } from './body.js';
import { checkMedia, checkPixels } from './media.js';
import { type Block, blocksOf, type MessageParam, type MessagesBody } from './shape.js';
import type { Signatures } from './signature.js';

interface Turn {
  /** Index of its first message in the request, for error texts. */
  at: number;
  role: string;
  blocks: Block[];
}

/** What the API holds a history to: roles, non-empty content, calls paired with results, signed thinking. */
export function checkConversation(body: MessagesBody, signatures: Signatures): void {
  const messages = body.messages ?? [];
  if (messages.length === 0) refuse('messages: at least one message is required');
  messages.forEach(checkMessage);
  const turns = merged(messages);
  if (turns[0]!.role !== 'user') refuse('messages: first message must use the "user" role');
  if (turns.at(-1)!.role !== 'user')
    refuse('This model does not support assistant message prefill. The conversation must end with a user message.');
  for (const turn of turns) checkBlocks(turn, body.model!, signatures);
  checkPixels(turns.flatMap(imagesOf));
  checkIds(turns);
  turns.forEach((turn, index) => {
    if (turn.role === 'assistant') checkAnswered(turn, turns[index + 1]);
    else checkResults(turn, turns[index - 1]);
  });
  if (body.thinking?.type === 'enabled') checkThinkingFirst(turns);
}

function checkMessage(message: MessageParam, index: number): void {
  if (message.role === 'system')
    refuse(
      'messages: Unexpected role "system". The Messages API accepts a top-level `system` parameter, not "system" as an input message role.',
    );
  if (message.role !== 'user' && message.role !== 'assistant')
    refuse(`messages.${index}.role: Input should be 'user' or 'assistant'`);
  if (typeof message.content !== 'string' && !Array.isArray(message.content))
    refuse(`messages.${index}.content: Field required`);
  if (message.content.length === 0)
    refuse(
      `messages.${index}: all messages must have non-empty content except for the optional final assistant message`,
    );
}

/** The API joins neighbours of one role before it looks closer. */
function merged(messages: readonly MessageParam[]): Turn[] {
  const turns: Turn[] = [];
  messages.forEach((message, at) => {
    const last = turns.at(-1);
    if (last?.role === message.role) last!.blocks.push(...blocksOf(message));
    else turns.push({ at, role: message.role!, blocks: [...blocksOf(message)] });
  });
  return turns;
}

/** Those in results count as well. */
function imagesOf({ at, blocks }: Turn): { block: Block; where: string }[] {
  return blocks.flatMap((block, index) => {
    const where = `messages.${at}.content.${index}`;
    const shown = block.type === 'tool_result' && Array.isArray(block.content) ? block.content : [block];
    return shown.filter(({ type }) => type === 'image').map((image) => ({ block: image, where }));
  });
}

const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  user: ['text', 'image', 'document', 'tool_result'],
  assistant: ['text', 'thinking', 'redacted_thinking', 'tool_use'],
};

function checkBlocks({ at, role, blocks }: Turn, model: string, signatures: Signatures): void {
  blocks.forEach((block, index) => {
    const where = `messages.${at}.content.${index}`;
    const { type } = block;
    if (type === 'tool_use' && role === 'user')
      refuse(`messages.${at}: \`tool_use\` blocks can only be in \`assistant\` messages`);
    if (type === 'tool_result' && role === 'assistant')
      refuse(`messages.${at}: \`tool_result\` blocks can only be in \`user\` messages`);
    if (!ALLOWED[role]!.includes(type ?? ''))
      refuse(`${where}: Input tag '${type}' found using 'type' does not match any of the expected tags`);
    if (type === 'text' && !block.text?.trim())
      refuse('messages: text content blocks must contain non-whitespace text');
    checkMedia(block, where);
    if (type === 'tool_use') checkToolUse(block, where);
    if (type === 'tool_result') checkToolResult(block, where);
    if (type === 'thinking') checkSignature(block, where, model, signatures);
    if (type === 'redacted_thinking' && !signatures.isOwnHidden(model, block.data ?? ''))
      refuse(`${where}: Invalid \`data\` in \`redacted_thinking\` block`);
  });
}

function checkToolUse({ id, name, input }: Block, where: string): void {
  if (!/^[a-zA-Z0-9_-]+$/.test(id ?? ''))
    refuse(`${where}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`);
  if (!name) refuse(`${where}.tool_use.name: Field required`);
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    refuse(`${where}.tool_use.input: Input should be a valid dictionary`);
}

function checkToolResult({ tool_use_id, content, is_error }: Block, where: string): void {
  if (!tool_use_id) refuse(`${where}.tool_result.tool_use_id: Field required`);
  if (!Array.isArray(content)) return;
  content.forEach((block, index) => {
    if (block.type === 'text' && !block.text) refuse('messages: text content blocks must be non-empty');
    if (is_error && block.type !== 'text')
      refuse(`${where}.tool_result: all content must be type "text" if "is_error" is true`);
    checkMedia(block, `${where}.tool_result.content.${index}`);
    if (!['text', 'image', 'document'].includes(block.type ?? ''))
      refuse(
        `${where}.tool_result.content.${index}: Input tag '${block.type}' found using 'type' does not match any of the expected tags`,
      );
  });
}

function checkSignature(block: Block, where: string, model: string, signatures: Signatures): void {
  if (block.signature === undefined) refuse(`${where}.thinking.signature: Field required`);
  if (!signatures.isOwn(model, block.thinking ?? '', block.signature))
    refuse(`${where}: Invalid \`signature\` in \`thinking\` block`);
}

function checkIds(turns: readonly Turn[]): void {
  const ids = turns.flatMap(({ blocks }) => blocks.flatMap(({ type, id }) => (type === 'tool_use' ? [id] : [])));
  if (new Set(ids).size < ids.length) refuse('messages: `tool_use` ids must be unique');
}

/** Every call of a reply has its result at the head of the next message. */
function checkAnswered(turn: Turn, next: Turn | undefined): void {
  const calls = turn.blocks.flatMap(({ type, id }) => (type === 'tool_use' ? [id!] : []));
  const blocks = next?.blocks ?? [];
  const end = blocks.findIndex(({ type }) => type !== 'tool_result');
  const answered = blocks.slice(0, end === -1 ? undefined : end).map(({ tool_use_id }) => tool_use_id);
  const missing = calls.filter((id) => !answered.includes(id));
  if (missing.length > 0)
    refuse(
      `messages.${turn.at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${missing.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
    );
}

function checkResults(turn: Turn, before: Turn | undefined): void {
  const calls = (before?.blocks ?? []).flatMap(({ type, id }) => (type === 'tool_use' ? [id] : []));
  const seen = new Set<string>();
  turn.blocks.forEach(({ type, tool_use_id }, index) => {
    if (type !== 'tool_result') return;
    const where = `messages.${turn.at}.content.${index}`;
    if (!calls.includes(tool_use_id))
      refuse(
        `${where}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${tool_use_id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
      );
    if (seen.has(tool_use_id!))
      refuse(
        `${where}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${tool_use_id}`,
      );
    seen.add(tool_use_id!);
  });
}

/** With a thinking budget, a reply whose calls are being answered must begin with its thinking. */
function checkThinkingFirst(turns: readonly Turn[]): void {
  const last = turns.at(-1)!;
  if (!last.blocks.some(({ type }) => type === 'tool_result')) return;
  const reply = turns.at(-2)!;
  const first = reply.blocks[0]!.type;
  if (first === 'thinking' || first === 'redacted_thinking') return;
  refuse(
    `messages.${reply.at}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block (preceeding the lastmost set of \`tool_use\` and \`tool_result\` blocks).`,
  );
}
