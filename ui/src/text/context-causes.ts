import type { ContextReport } from '@maestro/core/protocol';

export interface ContextCause {
  id: 'messages' | 'results' | 'files' | 'tools' | 'prompt';
  label: string;
  tokens: number;
}

/** What fills the window, largest part of a conversation first, as the picture has it. */
export function contextCauses({ history, attachments, tools, system }: ContextReport): ContextCause[] {
  const results = history.by_role.find(({ role }) => role === 'tool')?.tokens ?? 0;
  return [
    { id: 'messages', label: 'Messages', tokens: history.tokens - results },
    { id: 'results', label: 'Tool results', tokens: results },
    { id: 'files', label: 'Files and attachments', tokens: attachments.tokens },
    { id: 'tools', label: 'Tool definitions', tokens: tools.tokens },
    { id: 'prompt', label: 'System prompt', tokens: system.tokens },
  ];
}
