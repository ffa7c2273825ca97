import { createHash } from 'node:crypto';
import type { ConversationRequest, Reply } from '../reply.js';
import { checkGenerationConfig, checkLength, countTokens } from './body.js';
import type { Context } from './chunks.js';
import { checkConversation } from './conversation.js';
import { conversationRequest } from './conversation-request.js';
import type { SimModel } from './models.js';
import type { GenerateBody } from './shape.js';
import type { ThoughtSignatures } from './thought-signatures.js';
import { checkTools } from './tools.js';

export type Replies = (conversation: ConversationRequest) => Reply;

export interface Generation {
  body: GenerateBody;
  model: SimModel;
  /** All of the request. */
  bytes: Buffer;
  signatures: ThoughtSignatures;
}

/** Checks a request to generate, and gives the reply with what is needed to write it. */
export function generation({ body, model, bytes, signatures }: Generation, replies: Replies) {
  checkConversation(body, model, signatures);
  checkTools(body);
  checkGenerationConfig(body, model);
  const promptTokens = countTokens(body);
  checkLength(promptTokens, model);
  const context: Context = {
    model,
    responseId: createHash('sha256').update(bytes).digest('base64url').slice(0, 22),
    promptTokens,
    showsThoughts: body.generationConfig?.thinkingConfig?.includeThoughts === true,
    signatures,
  };
  return { reply: replies(conversationRequest(body, model.id, bytes)), context };
}
