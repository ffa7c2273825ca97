/** A block of a message as it comes in: unchecked, so every field may be anything. */
export interface Block {
  type?: string;
  text?: string;
  thinking?: string;
  signature?: string;
  data?: string;
  id?: string;
  name?: string;
  input?: unknown;
  tool_use_id?: string;
  content?: string | Block[];
  is_error?: boolean;
}

export interface MessageParam {
  role?: string;
  content?: string | Block[];
}

export interface MessagesBody {
  model?: string;
  messages?: MessageParam[];
  max_tokens?: number;
  stream?: boolean;
  system?: string | Block[];
  tools?: { name: string; input_schema?: { type?: string; properties?: Record<string, unknown> } }[];
  thinking?: { type?: string; budget_tokens?: number };
}

/** Blocks of a message; a string is one text block. */
export function blocksOf({ content }: MessageParam): Block[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return content ?? [];
}
