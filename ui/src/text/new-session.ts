import type { NewSession } from '@maestro/core/client';
import type { CredentialResource, McpServerResource, TemplateResource, ToolResource } from '@maestro/core/protocol';

export interface Switch {
  name: string;
  label: string;
  on: boolean;
}

/** What a new session is made of, as the dialog holds it. */
export interface SessionForm {
  /** Id of the template; null for none. */
  template: TemplateResource | null;
  name: string;
  role: string;
  provider: string;
  model: string;
  /** Empty: whatever works best. */
  credential: string;
  directory: string;
  prompt: string;
  /** What was switched by hand, by name. */
  tools: Readonly<Record<string, boolean>>;
  mcps: Readonly<Record<string, boolean>>;
}

/** The form with what a template says. What was written by hand stays; what another template filled goes. */
export function withTemplate(form: SessionForm, template: TemplateResource | null): SessionForm {
  const before = form.template;
  const own = (typed: string, filled: string | null | undefined, next: string | null | undefined) =>
    typed.trim() === (filled ?? '').trim() ? (next ?? '') : typed;
  return {
    ...form,
    template,
    role: own(form.role, before?.role, template?.role),
    prompt: own(form.prompt, before?.system_prompt, template?.system_prompt),
    tools: {},
    mcps: {},
  };
}

/** What it sends: what was left as the template has it is left to the server. */
export function sessionBody(form: SessionForm): NewSession {
  const { template, prompt, role } = form;
  const isOwn = (typed: string, filled: string | null | undefined) => typed.trim() !== (filled ?? '').trim();
  return {
    template: template?.id ?? null,
    agent_name: form.name.trim(),
    provider: form.provider,
    model: form.model,
    ...(form.credential !== '' && { credential_id: form.credential }),
    ...(form.directory !== '' && { working_directory: form.directory }),
    ...(isOwn(role, template?.role) && { role: role.trim() === '' ? null : role.trim() }),
    ...(isOwn(prompt, template?.system_prompt) && prompt.trim() !== '' && { system_prompt: prompt.trim() }),
    ...(Object.keys(form.tools).length > 0 && { tools: form.tools }),
    ...(Object.keys(form.mcps).length > 0 && { mcps: form.mcps }),
  };
}

/** Tools as the session would have them. A template with a list leaves out what it does not name. */
export function toolSwitches(form: SessionForm, tools: readonly ToolResource[]): Switch[] {
  const listed = form.template?.tools ?? [];
  return tools
    .filter(({ available }) => available)
    .map(({ name, is_enabled }) => {
      const byDefault = listed.length > 0 ? listed.includes(name) : is_enabled;
      return { name, label: name, on: form.tools[name] ?? byDefault };
    });
}

/** A list of tools leaves out servers as well, unless there is a list of servers. */
export function serverSwitches(form: SessionForm, servers: readonly McpServerResource[]): Switch[] {
  const { template } = form;
  const listed = template?.mcps ?? [];
  return servers
    .filter(({ is_enabled }) => is_enabled)
    .map(({ name }) => {
      const byDefault = listed.length > 0 ? listed.includes(name) : (template?.tools ?? []).length === 0;
      return { name, label: name, on: form.mcps[name] ?? byDefault };
    });
}

/** `OAuth, alex@tidewater.dev`; one that cannot be used says so. */
export function credentialLabel({ auth_type, account, label, source, state }: CredentialResource): string {
  const kind = auth_type === 'oauth' ? 'OAuth' : 'API key';
  const trouble = state === 'ready' ? '' : state === 'corrupt' ? ' (unreadable)' : ' (needs sign-in)';
  return `${kind}, ${account ?? (source === 'env' ? `environment, ${label}` : label)}${trouble}`;
}
