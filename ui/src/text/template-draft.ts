import type { NewTemplate } from '@maestro/core/client';
import type { TemplateResource } from '@maestro/core/protocol';

/** A template as it is being written. Empty lists mean all; an empty provider or model means that of whoever calls it. */
export interface TemplateDraft {
  name: string;
  role: string;
  description: string;
  system_prompt: string;
  preferred_provider: string;
  preferred_model: string;
  tools: readonly string[];
  mcps: readonly string[];
}

export type TemplateFaults = Partial<Record<'name' | 'role' | 'system_prompt', string>>;

export const emptyTemplate: TemplateDraft = {
  name: '',
  role: '',
  description: '',
  system_prompt: '',
  preferred_provider: '',
  preferred_model: '',
  tools: [],
  mcps: [],
};

export function templateDraft(template: TemplateResource): TemplateDraft {
  const { name, role, description, system_prompt, preferred_provider, preferred_model, tools, mcps } = template;
  return {
    ...{ name, description, system_prompt, tools, mcps },
    role: role ?? '',
    preferred_provider: preferred_provider ?? '',
    preferred_model: preferred_model ?? '',
  };
}

/** What is wrong, by field, before anything is sent. */
export function templateFaults(draft: TemplateDraft, taken: readonly string[]): TemplateFaults {
  const faults: TemplateFaults = {};
  const name = draft.name.trim();
  if (name === '') faults.name = 'Give it a name.';
  else if (!/^[A-Za-z0-9][A-Za-z0-9 ._-]*$/.test(name)) faults.name = 'Letters, digits, spaces, - _ and . only.';
  else if (name.length > 48) faults.name = 'At most 48 characters.';
  else if (taken.includes(name)) faults.name = 'Another template has this name.';
  if (draft.role.trim().length > 200) faults.role = 'At most 200 characters.';
  if (draft.system_prompt.trim() === '') faults.system_prompt = 'Say what this agent is and how it works.';
  return faults;
}

export function templateBody(draft: TemplateDraft): NewTemplate {
  const { name, role, description, system_prompt, preferred_provider, preferred_model, tools, mcps } = draft;
  return {
    name: name.trim(),
    role: role.trim() || null,
    description: description.trim(),
    system_prompt,
    preferred_provider: preferred_provider || null,
    // A model means nothing without who has it.
    preferred_model: (preferred_provider && preferred_model) || null,
    tools: [...tools],
    mcps: [...mcps],
  };
}

export function isSameDraft(a: TemplateDraft, b: TemplateDraft): boolean {
  return JSON.stringify(templateBody(a)) === JSON.stringify(templateBody(b));
}

/** `Poet copy`, `Poet copy 2`: a name that no other has. */
export function copyName(name: string, taken: readonly string[]): string {
  const base = `${name.replace(/ copy(?: \d+)?$/, '').slice(0, 38)} copy`;
  let free = base;
  for (let n = 2; taken.includes(free); n += 1) free = `${base} ${n}`;
  return free;
}

/** The tool that models call the template by: `agent_code_reviewer` for "Code reviewer". */
export function agentToolName(name: string): string {
  return `agent_${name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '')}`;
}

/** About how many tokens a text is; `~118`. */
export const roughTokens = (text: string) => Math.ceil(text.length / 4);
