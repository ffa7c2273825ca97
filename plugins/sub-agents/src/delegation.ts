import type { Delegation, TemplateResource } from '@maestro/core';

/** The work a template is given. Its empty lists mean that it may use what its caller may. */
export function delegationTo(template: TemplateResource, prompt: string): Delegation {
  const { name, role, system_prompt, preferred_provider, preferred_model, tools, mcps } = template;
  return {
    agentName: name,
    template: name,
    prompt,
    systemPrompt: system_prompt,
    role,
    ...(preferred_provider && { provider: preferred_provider }),
    ...(preferred_provider && preferred_model && { model: preferred_model }),
    ...(tools.length > 0 && { tools }),
    ...(mcps.length > 0 && { mcps }),
  };
}
