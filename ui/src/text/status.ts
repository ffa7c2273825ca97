import type { SessionStatus } from '@maestro/core/protocol';

/** The words of the statuses, the same in every host. */
export const statusWords: Record<SessionStatus, string> = {
  idle: 'Idle',
  thinking: 'Thinking',
  streaming: 'Streaming',
  tool: 'Running tool',
  approval: 'Needs approval',
  queued: 'Queued',
  error: 'Error',
  interrupted: 'Interrupted',
};

export type Group = 'needs' | 'running' | 'idle';

/** Whether a session waits for a person, works, or rests. */
export function groupOf(status: SessionStatus): Group {
  if (status === 'approval' || status === 'error' || status === 'interrupted') return 'needs';
  return status === 'idle' ? 'idle' : 'running';
}

export function isBusy(status: SessionStatus): boolean {
  return groupOf(status) === 'running' || status === 'approval';
}
