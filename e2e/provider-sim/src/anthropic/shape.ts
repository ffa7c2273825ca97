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
  source?: { type?: string; media_type?: string; data?: string };
  cache_control?: CacheMark;
}

export interface CacheMark {
  type?: string;
  ttl?: string;
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
  tools?: {
    name: string;
    input_schema?: { type?: string; properties?: Record<string, unknown> };
    type?: string;
    max_uses?: number;
    cache_control?: CacheMark;
  }[];
  thinking?: { type?: string; budget_tokens?: number };
  output_config?: { effort?: string | null };
}

/** Blocks of a message; a string is one text block. */
export function blocksOf({ content }: MessageParam): Block[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return content ?? [];
}
