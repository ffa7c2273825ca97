import { randomUUID } from 'node:crypto';
import type { CredentialResource, List, Session, SessionEvent, SignInFlow } from '@maestro/core/protocol';
import { startTestMaestro, type TestMaestro } from '@maestro/core/testing';
import { type ProviderSim, startProviderSim } from '@maestro/provider-sim';
import { trio, trioKeys } from './three-providers.js';
import { until } from './until.js';

/** A way in which a provider is talked to. */
export interface Format {
  name: string;
  provider: 'anthropic' | 'openai' | 'gemini';
  model: string;
  auth: 'api_key' | 'oauth';
  /** Where its conversations go. */
  path: string;
  /** Where its accounts get tokens. */
  tokenPath: string;
}

const tokenPaths = { anthropic: '/v1/oauth/token', openai: '/oauth/token', gemini: '/token' };
const format = (name: string, index: 0 | 1 | 2, given: { path: string } & Partial<Format>): Format => {
  const { id, model } = trio[index]!;
  return { name, provider: id, model, auth: 'api_key', tokenPath: tokenPaths[id], ...given };
};
const chat = 'OpenAI Chat Completions';

export const formats: readonly Format[] = [
  format('Anthropic', 0, { path: '/v1/messages' }),
  format('OpenAI Responses', 1, { path: '/v1/responses' }),
  format(chat, 1, { path: '/v1/chat/completions', model: 'gpt-4.1' }),
  format('Gemini', 2, { path: `/v1beta/models/${trio[2]!.model}:streamGenerateContent` }),
];

export const accountFormats: readonly Format[] = [
  format('a Claude account', 0, { path: '/v1/messages', auth: 'oauth' }),
  format('a ChatGPT account', 1, { path: '/backend-api/codex/responses', auth: 'oauth' }),
  format('Code Assist', 2, { path: '/v1internal:streamGenerateContent', auth: 'oauth' }),
];

/** Waits pass at once; how long they would be is told as an event. */
const hasty = { now: () => performance.now(), sleep: () => new Promise<void>((resolve) => setImmediate(resolve)) };

/** The platform in this process with all formats, each with a key and an account, on one simulator. */
export class AllFormats {
  private constructor(
    readonly sim: ProviderSim,
    readonly maestro: TestMaestro,
    /** The same without accounts, and with Chat Completions instead of Responses. */
    readonly chats: TestMaestro,
    private readonly credentials: readonly CredentialResource[],
  ) {}

  static async open(): Promise<AllFormats> {
    const sim = await startProviderSim();
    const start = (api: string) =>
      startTestMaestro({ config: { plugins: pluginsAt(sim.url, api) }, env: trioKeys, clock: hasty });
    const [maestro, chats] = await Promise.all([start('responses'), start('chat')]);
    for (const { id } of trio) await signIn(maestro, id);
    const { items } = await maestro.request<List<CredentialResource>>('/credentials');
    return new AllFormats(sim, maestro, chats, items);
  }

  credential({ provider, auth }: Pick<Format, 'provider' | 'auth'>): CredentialResource {
    const found = this.credentials.find((one) => one.provider === provider && one.auth_type === auth);
    if (!found) throw new Error(`there is no ${auth} of ${provider}`);
    return found;
  }

  server(format: Format): TestMaestro {
    return format.name === chat ? this.chats : this.maestro;
  }

  /** One message to its end: the session then, and all its events. */
  async say(format: Format, text: string, folder: string): Promise<{ session: Session; events: SessionEvent[] }> {
    const server = this.server(format);
    const { session_id } = await server.request<Session>('/sessions', {
      provider: format.provider,
      model: format.model,
      working_directory: folder,
      ...(server === this.maestro && { credential_id: this.credential(format).id }),
    });
    await server.request(`/sessions/${session_id}/messages`, { client_key: randomUUID(), text });
    const session = await until(`the turn of ${format.name} to end`, async () => {
      const now = await server.request<Session>(`/sessions/${session_id}`);
      return (now.status === 'idle' || now.status === 'error') && now;
    });
    const events = await server.request<List<SessionEvent>>(`/sessions/${session_id}/events?limit=200`);
    return { session, events: events.items };
  }

  async close(): Promise<void> {
    await Promise.all([this.maestro.close(), this.chats.close()]);
    await this.sim.close();
  }
}

function pluginsAt(url: string, api: string) {
  const oauth = { clientId: 'a-client', tokenUrl: `${url}/v1/oauth/token`, authorizeUrl: `${url}/oauth/authorize` };
  const google = {
    clientId: 'a-client',
    clientSecret: 'a-secret',
    authorizeUrl: `${url}/o/oauth2/v2/auth`,
    tokenUrl: `${url}/token`,
    tokenInfoUrl: `${url}/tokeninfo`,
    userInfoUrl: `${url}/oauth2/v2/userinfo`,
  };
  return {
    '@maestro/provider-anthropic': { baseUrl: url, oauth },
    '@maestro/provider-openai': {
      baseUrl: url,
      chatgptUrl: url,
      api,
      oauth: { clientId: 'a-client', issuerUrl: url },
    },
    '@maestro/provider-gemini': { baseUrl: url, codeAssistUrl: url, oauth: google },
    '@maestro/tools-files': {},
  };
}

/** With a browser that agrees at once. */
export async function signIn(maestro: TestMaestro, provider: string): Promise<SignInFlow> {
  const flow = await maestro.request<SignInFlow>(`/auth/${provider}/oauth/begin`, { way: 'browser' });
  await fetch(flow.authorize_url!);
  return until(`the sign-in with ${provider} to end`, async () => {
    const now = await maestro.request<SignInFlow>(`/auth/flows/${flow.flow_id}`);
    return now.state !== 'pending' && now;
  });
}
