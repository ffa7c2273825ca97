import type { TemplateResource } from '../protocol/resources.js';
import { writeAgentFile } from './agent-file.js';

/** A template as an agent file. */
export function agentText(template: TemplateResource): string {
  const { name, role, description, system_prompt, preferred_provider, preferred_model, tools, mcps } = template;
  return writeAgentFile({ name, role, description, system_prompt, preferred_provider, preferred_model, tools, mcps });
}
