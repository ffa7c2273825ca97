import type { ConversationRequest } from '../reply.js';
import { isError, textOf } from './chat-conversation.js';
import type { EncryptedReasoning } from './encrypted-reasoning.js';
import { refuse } from './errors.js';
import { countTokens, isObject, type Json } from './fields.js';
import type { ResponsesRequest } from './responses-body.js';
import { checkItem, typeOf } from './responses-items.js';

/** Who may read sealed reasoning. */
export interface Sealing {
  account: string;
  seals: EncryptedReasoning;
}

/** What the API holds a history to: whole items, calls with their one result, reasoning that it wrote and in its place. */
export function checkResponsesConversation({ input, body }: ResponsesRequest, sealing: Sealing): void {
  input.forEach(checkItem);
  checkIds(input);
  checkCalls(input);
  input.forEach((item, index) => {
    if (typeOf(item) === 'reasoning')
      checkReasoning(item, input.slice(index + 1), { sealing, isStored: body.store !== false });
  });
}

export const inputTokens = ({ input, body, tools }: ResponsesRequest): number =>
  countTokens(body.instructions, input, tools);

function checkIds(input: readonly Json[]): void {
  const seen = new Set<unknown>();
  for (const { id } of input) {
    if (id === undefined || id === null) continue;
    if (seen.has(id))
      refuse(`Duplicate item found with id ${id}. Remove duplicate items from your input and try again.`, {
        param: 'input',
      });
    seen.add(id);
  }
}

function checkCalls(input: readonly Json[]): void {
  const open = new Set<unknown>();
  const made = new Set<unknown>();
  for (const item of input) {
    const type = typeOf(item);
    const id = item.call_id;
    if (type === 'function_call') {
      if (made.has(id)) refuse(`Duplicate function call found with call_id ${id}.`, { param: 'input' });
      open.add(id);
      made.add(id);
    }
    if (type !== 'function_call_output') continue;
    if (!made.has(id)) refuse(`No tool call found for function call output with call_id ${id}.`, { param: 'input' });
    if (!open.delete(id)) refuse(`Duplicate tool output found for function call ${id}.`, { param: 'input' });
  }
  const [missed] = open;
  if (missed !== undefined) refuse(`No tool output found for function call ${missed}.`, { param: 'input' });
}

interface ReasoningRules {
  sealing: Sealing;
  isStored: boolean;
}

/** An item that is not sealed would have to be stored here, and nothing is. */
function checkReasoning({ id, encrypted_content: sealed }: Json, after: readonly Json[], rules: ReasoningRules): void {
  if (typeof sealed !== 'string')
    refuse(
      rules.isStored
        ? `Item with id '${id}' not found.`
        : `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
      { status: 404, param: 'input' },
    );
  if (!rules.sealing.seals.isOwn(rules.sealing.account, sealed))
    refuse(
      `The encrypted content for item ${id} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
      { code: 'invalid_encrypted_content' },
    );
  const next = after.find((each) => typeOf(each) !== 'reasoning');
  if (next && (next.role === 'assistant' || typeOf(next) === 'function_call')) return;
  refuse(`Item '${id}' of type 'reasoning' was provided without its required following item.`, { param: 'input' });
}

/** The request as scripts see it. */
export function responsesRequest(
  { input, model, tools, searchesWeb }: ResponsesRequest,
  bytes: Buffer,
): ConversationRequest {
  const said = input.filter(({ role }) => role === 'user').map(({ content }) => textOf(content));
  const reply = input.findLastIndex((item) => item.role === 'assistant' || typeOf(item) === 'function_call');
  const latest = input.slice(reply + 1);
  const isSpoken = latest.some(({ role }) => role === 'user');
  const results = isSpoken ? [] : latest.filter((item) => typeOf(item) === 'function_call_output');
  return {
    model: model.id,
    lastUserText: said.findLast((text) => text.trim() !== '') ?? '',
    toolResults: results.map(({ call_id, output }) => {
      const text = textOf(output);
      return { id: call_id as string, text, isError: isError(text) };
    }),
    tools: tools.map(({ name, parameters }) => ({
      name,
      parameters: Object.keys(isObject(parameters.properties) ? parameters.properties : {}),
    })),
    searchesWeb,
    length: input.length,
    body: bytes,
  };
}
