import { type ContentPart, type ToolCallContext, type ToolOutput, text } from '@maestro/core';
import type { CallToolResult, ContentBlock, ReadResourceResult } from '@modelcontextprotocol/sdk/types.js';

import { oneLine } from './one-line.js';

const mostParts = 200;
const mediaType = /^[a-z0-9.+-]{1,63}\/[a-z0-9.+-]{1,63}$/;

/** What a tool of a server gave, as parts that can be kept and shown. */
export async function outputOf(result: CallToolResult, call: Pick<ToolCallContext, 'keep'>): Promise<ToolOutput> {
  const blocks = result.content.slice(0, mostParts);
  const content: ContentPart[] = [];
  for (const block of blocks) content.push(await partOf(block, call));
  if (result.content.length > mostParts)
    content.push(text(`[${result.content.length - mostParts} more parts left out]`));
  // Servers say the same once more as text; where one does not, what it says in its own shape is what there is.
  const hasText = content.some(({ type }) => type === 'text');
  if (result.structuredContent && !hasText) content.push(text(JSON.stringify(result.structuredContent, null, 2)));
  if (content.length === 0) content.push(text('(no content)'));
  return { content, ...(result.isError === true && { is_error: true }) };
}

async function partOf(block: ContentBlock, call: Pick<ToolCallContext, 'keep'>): Promise<ContentPart> {
  if (block.type === 'text') return text(block.text);
  if (block.type === 'image' || block.type === 'audio') {
    return kept(block.data, { type: block.mimeType, name: block.type }, call);
  }
  if (block.type === 'resource_link')
    return text(`[resource ${block.uri}${block.description ? `: ${block.description}` : ''}]`);
  return resourcePart(block.resource, call);
}

/** The contents of a resource. */
export async function resourceParts(
  { contents }: ReadResourceResult,
  call: Pick<ToolCallContext, 'keep'>,
): Promise<ContentPart[]> {
  const parts: ContentPart[] = [];
  for (const one of contents.slice(0, mostParts)) parts.push(await resourcePart(one, call));
  return parts.length > 0 ? parts : [text('(no content)')];
}

async function resourcePart(
  resource: ReadResourceResult['contents'][number],
  call: Pick<ToolCallContext, 'keep'>,
): Promise<ContentPart> {
  if ('text' in resource) return text(`[${resource.uri}]\n${resource.text}`);
  return kept(resource.blob, { type: resource.mimeType, name: resource.uri }, call);
}

function kept(
  data: string,
  { type = '', name }: { type: string | undefined; name: string },
  call: Pick<ToolCallContext, 'keep'>,
): Promise<ContentPart> {
  const plain = type.toLowerCase().split(';')[0]!.trim();
  const known = mediaType.test(plain) ? plain : 'application/octet-stream';
  const shown = oneLine(name, 200) || 'content';
  return call.keep(Buffer.from(data, 'base64'), { mediaType: known, name: shown });
}
