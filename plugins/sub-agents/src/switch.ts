/** The row that turns all agents on or off. */
export const SWITCH = {
  id: 'sub_agent',
  title: 'Sub-agents',
  description: 'Agents that other agents call, each in a session of its own. Off: none can be called.',
  effects: 'exec',
} as const;

export const group = { kind: 'tool', name: SWITCH.id } as const;
