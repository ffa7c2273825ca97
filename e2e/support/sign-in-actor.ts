import { randomBytes } from 'node:crypto';
import type { CredentialResource, List, SignInFlow, SignInWay } from '@maestro/core/protocol';
import type { ProviderSim } from '@maestro/provider-sim';
import { maestro, type Outcome } from './command.js';
import type { MaestroProcess } from './maestro-process.js';
import type { OneProvider } from './three-providers.js';
import { until } from './until.js';

type Provider = OneProvider['id'];

/** Somebody who signs in at the simulator in every way there is, and remembers every secret that was in it. */
export class SignInActor {
  /** Where the person was sent. */
  readonly addresses = new Set<string>();
  /** What the commands printed. */
  readonly printed: string[] = [];
  readonly #made: string[] = [];

  constructor(
    private readonly server: MaestroProcess,
    private readonly sim: ProviderSim,
  ) {}

  async begin(provider: Provider, way: SignInWay): Promise<SignInFlow> {
    const flow = await this.server.must<SignInFlow>('POST', `/auth/${provider}/oauth/begin`, { way });
    this.addresses.add(flow.authorize_url!);
    return flow;
  }

  over({ flow_id }: SignInFlow): Promise<SignInFlow> {
    return until('the sign-in to end', async () => {
      const now = await this.server.must<SignInFlow>('GET', `/auth/flows/${flow_id}`);
      return now.state !== 'pending' && now;
    });
  }

  complete({ flow_id }: SignInFlow, code: string) {
    return this.server.call<SignInFlow>('POST', `/auth/flows/${flow_id}/complete`, { code });
  }

  /** The address the person's browser ends at, which nobody opens. */
  async back({ authorize_url }: SignInFlow): Promise<URL> {
    const { headers } = await fetch(authorize_url!, { redirect: 'manual' });
    return new URL(headers.get('location')!);
  }

  async saved(provider: Provider): Promise<CredentialResource> {
    const { items } = await this.server.must<List<CredentialResource>>('GET', '/credentials');
    return items.find((one) => one.provider === provider)!;
  }

  /** `maestro auth login`; without something to paste, the browser comes back by itself. */
  async command(provider: Provider, way: SignInWay, paste?: string): Promise<Outcome> {
    const args = ['auth', 'login', provider, '--method', 'oauth', '--way', way];
    const outcome = await maestro(args, {
      home: this.server.home,
      env: { MAESTRO_URL: this.server.url },
      ...(paste !== undefined && { input: `${paste}\n` }),
      onStart: ({ stderr }) => {
        let told = '';
        stderr?.on('data', (chunk) => {
          const had = /^ {2}http\S+\n/m.test(told);
          told += String(chunk);
          const [, url] = /^ {2}(http\S+)\n/m.exec(told) ?? [];
          if (!url || had) return;
          this.addresses.add(url);
          if (paste === undefined) void fetch(url).catch(() => undefined);
        });
      },
    });
    this.printed.push(outcome.stdout, outcome.stderr);
    return outcome;
  }

  /** A code or a state that nobody issued. */
  wrong(): string {
    const made = `CANARY-${randomBytes(24).toString('hex')}`;
    this.#made.push(made);
    return made;
  }

  /** The token that was last used for a call. */
  get token(): string {
    const headers = this.sim.requests.flatMap((request) => request.headers);
    const used = headers.findLast(([name, value]) => name.toLowerCase() === 'authorization' && /^Bearer /.test(value));
    return used![1].slice('Bearer '.length);
  }

  /** Every secret there was, by its kind: what the servers issued, what they were sent, what was pasted. */
  secrets(): Map<string, Set<string>> {
    const all = new Map<string, Set<string>>();
    const keep = (kind: string, value: string) => all.set(kind, (all.get(kind) ?? new Set()).add(value));
    for (const { kind, value } of this.sim.oauth.issued) keep(kind, value);
    for (const value of this.#made) keep('pasted', value);
    for (const { path, body } of this.sim.requests) {
      const { pathname, searchParams } = new URL(path, 'http://sim');
      const state = searchParams.get('state');
      if (state) keep('state', state);
      if (!/\/token$/.test(pathname)) continue;
      const text = body.toString();
      const fields = text.startsWith('{') ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text));
      for (const kind of ['code_verifier', 'client_secret', 'state']) if (fields[kind]) keep(kind, fields[kind]);
    }
    return all;
  }
}
