import { setImmediate as breath } from 'node:timers/promises';
import type { ModelMessage } from '../extension/provider.js';
import type { Tool } from '../extension/tool.js';
import type { CompactionResource } from '../protocol/compactions.js';
import type { AttachmentTokens, ContextReport, ServerTokens, SummaryTokens, ToolTokens } from '../protocol/context.js';
import type { ContentPart, Part } from '../protocol/messages.js';
import type { Session } from '../protocol/resources.js';
import type { Compactions } from '../store/compactions.js';
import type { Messages } from '../store/messages.js';
import type { Templates } from '../store/templates.js';
import { compacted, headMessage, inFull } from './compacted-history.js';
import { estimateMessage, estimatePart, estimateTool } from './estimate.js';
import { type PromptSources, type PromptStack, promptStack } from './prompt-stack.js';
import { estimateTokens } from './tokens.js';
import { described, type ToolOffer } from './tool-offer.js';

export interface ContextParts {
  messages: Pick<Messages, 'history' | 'began'>;
  compactions: Pick<Compactions, 'active'>;
  offer: Pick<ToolOffer, 'offered'>;
  templates: Pick<Templates, 'find'>;
  prompt: PromptSources;
}

/** Says what the next request of a session would hold, and what each piece of it costs. */
export class ContextReports {
  constructor(private readonly parts: ContextParts) {}

  /** @param session with what is known of its window */
  async of(session: Session): Promise<ContextReport> {
    const { session_id, conversation_id, provider, model, context } = session;
    const { offered, deferred } = await this.parts.offer.offered(session_id, {
      tools: session.tools,
      servers: session.mcps,
    });
    const system = systemCounted(await this.#stack(session, offered.length > 0));
    const tools = toolsCounted(offered, deferred);
    const compaction = await this.parts.compactions.active(conversation_id);
    const { head, ...telling } = compaction ?? inFull;
    const messages = await this.parts.messages.history(conversation_id, telling.upto_pos);
    const said = await historyCounted(compacted(messages, { ...telling, head: null }));
    const summary = compaction && summaryCounted(compaction);
    const history = { ...said.history, tokens: said.history.tokens + (summary?.tokens ?? 0), summary };
    const { attachments } = said;
    const total_tokens = system.tokens + tools.tokens + history.tokens + attachments.tokens;
    const { window_tokens, used_tokens: reported_tokens } = context;
    const share = window_tokens === null ? null : total_tokens / window_tokens;
    const counted = { total_tokens, window_tokens, share, reported_tokens };
    return { session_id, conversation_id, provider, model, ...counted, system, tools, history, attachments };
  }

  async #stack(session: Session, hasTools: boolean): Promise<PromptStack> {
    const { system_prompt: prompt, working_directory: workingDirectory, conversation_id } = session;
    const template = session.template === null ? undefined : await this.parts.templates.find(session.template);
    const began = (await this.parts.messages.began(conversation_id)) ?? new Date();
    return promptStack({ prompt, workingDirectory, began, hasTools, template }, this.parts.prompt);
  }
}

function systemCounted({ layers, leftOut: left_out }: PromptStack): ContextReport['system'] {
  const counted = layers.map((layer) => ({ ...layer, tokens: estimateTokens(layer.text) }));
  return { tokens: sum(counted), layers: counted, left_out };
}

function toolsCounted(offered: readonly Tool[], deferred: readonly Tool[]): ContextReport['tools'] {
  const told = offered.map(toolCounted);
  const left = deferred.map(toolCounted);
  const servers = [...new Set([...told, ...left].flatMap(({ server }) => server ?? []))].sort();
  const by_server = servers.map((server): ServerTokens => {
    const its = told.filter((tool) => tool.server === server);
    const more = left.filter((tool) => tool.server === server);
    return { server, offered: its.length, tokens: sum(its), deferred: more.length, deferred_tokens: sum(more) };
  });
  return { tokens: sum(told), offered: told, deferred: left, by_server };
}

function toolCounted(tool: Tool): ToolTokens {
  const server = tool.group?.kind === 'server' ? tool.group.name : null;
  return { name: tool.id, server, tokens: estimateTool(described(tool)) };
}

/** A compaction that only shortens results stands for no message. */
function summaryCounted({ id, method, upto_pos, head }: CompactionResource): SummaryTokens {
  return { compaction_id: id, method, upto_pos, tokens: head === null ? 0 : estimateMessage(headMessage(head)) };
}

/** How long the counting may hold up everything else at a time. */
const breathMs = 20;

async function historyCounted(messages: readonly ModelMessage[]): Promise<{
  history: Pick<ContextReport['history'], 'tokens' | 'by_role'>;
  attachments: ContextReport['attachments'];
}> {
  const roles = new Map(['user', 'assistant', 'tool'].map((role) => [role, { messages: 0, tokens: 0 }]));
  const items: AttachmentTokens[] = [];
  let since = performance.now();
  for (const message of messages) {
    const attached = attachmentsOf(message);
    const counted = roles.get(message.role) as { messages: number; tokens: number };
    counted.messages += 1;
    counted.tokens += estimateMessage(message) - sum(attached);
    items.push(...attached);
    if (performance.now() - since < breathMs) continue;
    await breath();
    since = performance.now();
  }
  const by_role = [...roles].map(([role, counted]) => ({ role: role as ModelMessage['role'], ...counted }));
  return { history: { tokens: sum(by_role), by_role }, attachments: { tokens: sum(items), items } };
}

/** Images and files of a message, those among the results of tools as well. */
function attachmentsOf({ role, parts }: ModelMessage): AttachmentTokens[] {
  const all = parts.flatMap((part): (Part | ContentPart)[] => (part.type === 'tool_result' ? part.content : [part]));
  return all.flatMap((part) => {
    if (part.type !== 'image' && part.type !== 'file') return [];
    const { type, media_type, blob } = part;
    const name = part.name ?? null;
    return [{ role, type, name, media_type, blob, tokens: estimatePart(part) }];
  });
}

const sum = (counted: readonly { tokens: number }[]) => counted.reduce((total, { tokens }) => total + tokens, 0);
