/** A reasoning item of the Responses API: readable in parts, and whole only to the model that wrote it. */
export type ReasoningItem = {
  id: string;
  encrypted_content: string;
  type: 'reasoning';
  summary: { type: 'summary_text'; text: string }[];
};

/**
 * What the next request needs to give the item back: two of its members as JSON writes them, without braces, so that
 * the signature goes out letter by letter. Undefined where the server keeps it to itself.
 */
export function signatureOf({ id, encrypted_content }: { id?: string; encrypted_content?: string | null }) {
  return id && encrypted_content ? JSON.stringify({ id, encrypted_content }).slice(1, -1) : undefined;
}

/** The item again. Undefined for a signature that is not one of ours. */
export function reasoningItem(text: string, signature: string): ReasoningItem | undefined {
  try {
    const { id, encrypted_content } = JSON.parse(`{${signature}}`) as Partial<ReasoningItem>;
    if (typeof id !== 'string' || typeof encrypted_content !== 'string') return undefined;
    return { id, encrypted_content, type: 'reasoning', summary: text ? [{ type: 'summary_text', text }] : [] };
  } catch {
    return undefined;
  }
}
