import { homedir } from 'node:os';
import { MaestroError } from '../errors.js';
import type { NewSessionBody, SessionPatchBody } from '../protocol/api.js';
import type { CredentialResource, Session, TemplateResource } from '../protocol/resources.js';
import { listedSwitches } from '../session/child-switches.js';
import type { NewSession } from '../store/new-session.js';
import type { SessionChange } from '../store/step.js';
import { checkedDirectory } from './directories.js';
import type { ServerServices, ServerSettings } from './services.js';

const AGENT_NAME = 'Agent';
/** What a plain session is called, unless a template has the name. */
const PLAIN = 'general';
const SYSTEM_PROMPT =
  'You are a careful agent at work in the working directory of the person you talk to. Look before you change anything, ' +
  'use the tools you are given, and say plainly what you did and what you found.';
const MODELS_TIMEOUT_MS = 10_000;

/** What a client left out, filled in; what it gave, checked. Errors name the field. */
export async function completedSession(
  body: NewSessionBody,
  services: ServerServices,
  { defaults }: ServerSettings,
): Promise<NewSession> {
  const template = await templateOf(body.template, services, defaults.template);
  const provider = body.provider ?? template?.preferred_provider ?? defaults.provider;
  checkProvider(provider, services);
  const credential = await usableCredential(provider, body.credential_id, body.auth_type, services);
  return {
    agent_name: body.agent_name ?? template?.name ?? AGENT_NAME,
    title: body.title ?? null,
    role: body.role ?? template?.role ?? null,
    template: template?.name ?? body.template ?? null,
    provider,
    model: body.model ?? (await modelFor(provider, template, defaults, services)),
    auth_type: body.auth_type ?? credential?.auth_type ?? null,
    credential_id: body.credential_id ?? null,
    working_directory: await checkedDirectory(body.working_directory ?? homedir()),
    system_prompt: body.system_prompt ?? template?.system_prompt ?? SYSTEM_PROMPT,
    ...listed(template, body),
    effort: body.effort ?? null,
    on_limit: body.on_limit ?? null,
    approval: body.approval ?? null,
    client_key: body.client_key ?? null,
  };
}

/** A change of a session, checked against what the session will be after it. */
export async function checkedChange(
  session: Session,
  body: SessionPatchBody,
  services: ServerServices,
): Promise<SessionChange> {
  const change: SessionChange = { ...body };
  if (body.working_directory !== undefined) change.working_directory = await checkedDirectory(body.working_directory);
  const isMoved = body.provider !== undefined && body.provider !== session.provider;
  if (isMoved || body.credential_id !== undefined || body.auth_type !== undefined) {
    const provider = body.provider ?? session.provider;
    checkProvider(provider, services);
    // A credential of the provider before is of no use to the next one.
    const kept = isMoved ? null : session.credential_id;
    const credential_id = body.credential_id === undefined ? kept : body.credential_id;
    const credential = await usableCredential(provider, credential_id, body.auth_type, services);
    change.credential_id = credential_id;
    change.auth_type = body.auth_type ?? credential?.auth_type ?? null;
    if (isMoved && body.model === undefined) change.model = await firstModel(provider, services);
  }
  return change;
}

function checkProvider(id: string, { registries }: ServerServices): void {
  if (registries.providers.has(id)) return;
  const known = registries.providers.all().map((provider) => provider.id);
  const hint =
    known.length > 0 ? `known: ${known.join(', ')}` : 'none is loaded; turn on a provider plugin in maestro.yaml';
  throw new MaestroError('session.provider_unknown', `provider: there is no provider "${id}"; ${hint}`);
}

/** What is named must be there, but for the default and the plain one. */
async function templateOf(
  name: string | null | undefined,
  { templates }: ServerServices,
  byDefault: string | undefined,
): Promise<TemplateResource | undefined> {
  if (name === null) return undefined;
  const wanted = name ?? byDefault;
  const found = wanted === undefined ? undefined : await templates.find(wanted);
  if (found || wanted === undefined || wanted === byDefault || wanted === PLAIN) return found;
  const known = (await templates.list()).map((template) => template.name);
  const message = `template: there is no template "${wanted}"; known: ${known.slice(0, 50).join(', ') || 'none'}`;
  throw new MaestroError('session.template_unknown', message);
}

async function modelFor(
  provider: string,
  template: TemplateResource | undefined,
  defaults: ServerSettings['defaults'],
  services: ServerServices,
): Promise<string> {
  if (template?.preferred_model && template.preferred_provider === provider) return template.preferred_model;
  return provider === defaults.provider ? defaults.model : firstModel(provider, services);
}

/** The template's lists as switches, and what the person switched above them. */
function listed(template: TemplateResource | undefined, { tools, mcps }: NewSessionBody) {
  const lists = {
    ...(template?.tools.length && { tools: template.tools }),
    ...(template?.mcps.length && { mcps: template.mcps }),
  };
  const given = listedSwitches(lists, { tools: {}, servers: {} });
  return { tools: { ...given.tools, ...tools }, mcps: { ...given.servers, ...mcps } };
}

async function usableCredential(
  providerId: string,
  credentialId: string | null | undefined,
  authType: 'api_key' | 'oauth' | null | undefined,
  { credentials, registries }: ServerServices,
): Promise<CredentialResource | undefined> {
  const provider = registries.providers.get(providerId);
  if (provider.auth.length === 0) return undefined;
  const own = (await credentials.list()).filter((credential) => credential.provider === providerId);
  if (credentialId != null) {
    const found = own.find((credential) => credential.id === credentialId);
    if (found) return found;
    const message = `credential_id: "${credentialId}" is no credential of ${providerId}; list them with \`maestro auth list\``;
    throw new MaestroError('session.credential_unknown', message);
  }
  const ready = own.find(({ state, auth_type }) => state === 'ready' && (!authType || auth_type === authType));
  if (ready) return ready;
  const variables = provider.auth.flatMap((id) => registries.auth.find(id)?.env ?? []);
  const orSet = variables.length > 0 ? `, or set ${variables.join(' or ')} before the start` : '';
  const message = `provider: ${providerId} has no key yet; save one with \`maestro auth login ${providerId}\`${orSet}`;
  throw new MaestroError('session.provider_not_ready', message);
}

async function firstModel(providerId: string, { registries }: ServerServices): Promise<string> {
  const signal = AbortSignal.timeout(MODELS_TIMEOUT_MS);
  const [first] = await registries.providers.get(providerId).models({ signal, refresh: false });
  if (first) return first.id;
  throw new MaestroError('session.model_missing', `model: ${providerId} names no models; say which one to use`);
}
