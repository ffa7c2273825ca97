import { homedir } from 'node:os';
import { MaestroError } from '../errors.js';
import type { NewSessionBody, SessionPatchBody } from '../protocol/api.js';
import type { CredentialResource, Session } from '../protocol/resources.js';
import type { NewSession } from '../store/sessions.js';
import type { SessionChange } from '../store/step.js';
import { checkedDirectory } from './directories.js';
import type { ServerServices, ServerSettings } from './services.js';

const AGENT_NAME = 'Agent';
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
  const provider = body.provider ?? defaults.provider;
  checkProvider(provider, services);
  checkTemplate(body.template);
  const credential = await usableCredential(provider, body.credential_id, body.auth_type, services);
  return {
    agent_name: body.agent_name ?? AGENT_NAME,
    title: body.title ?? null,
    role: body.role ?? null,
    template: body.template ?? null,
    provider,
    model: body.model ?? (provider === defaults.provider ? defaults.model : await firstModel(provider, services)),
    auth_type: body.auth_type ?? credential?.auth_type ?? null,
    credential_id: body.credential_id ?? null,
    working_directory: await checkedDirectory(body.working_directory ?? homedir()),
    system_prompt: body.system_prompt ?? SYSTEM_PROMPT,
    tools: body.tools ?? {},
    mcps: body.mcps ?? {},
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

/** Templates come with sub-agents; until then only their absence and the built-in one are known. */
function checkTemplate(template: string | null | undefined): void {
  if (template == null || template === 'general') return;
  throw new MaestroError('session.template_unknown', `template: there is no template "${template}"; leave it out`);
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
