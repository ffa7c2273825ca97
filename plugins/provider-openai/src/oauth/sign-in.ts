import {
  type DeviceFlow,
  type OAuth,
  type OAuthFlow,
  type OAuthGrant,
  type OAuthWay,
  orderedBody,
  type PreparedRequest,
  ProviderError,
  Secret,
  type SendOnce,
  type TokenSet,
  type WireProfile,
} from '@maestro/core';
import type { OpenAiConfig } from '../config.js';
import { failure } from '../errors.js';
import { codeExchange, deviceBegin, devicePoll, refresh } from '../profiles/sign-in.js';
import { targetOf } from '../target.js';
import { fetchTokens, jsonOf, refusal, textOf } from './tokens.js';

type Settings = OpenAiConfig['oauth'];

/** The first that is free is listened at; the vendor knows these and no others. */
const PORTS = Array.from({ length: 1485 - 1455 + 1 }, (_, index) => 1455 + index);
const SCOPE = 'openid profile email offline_access';
/** A code is good for this long; the server does not say. */
const DEVICE_LIFE_MS = 15 * 60_000;
const DEVICE_INTERVAL_S = 5;

/** Signing in with a ChatGPT account, in the steps and with the bytes of llxprt 0.11. */
export class SignIn implements OAuth {
  readonly ways: readonly OAuthWay[];

  constructor(private readonly settings: Settings) {
    this.ways = [
      {
        way: 'browser',
        redirect: { host: 'localhost', ports: PORTS, path: '/auth/callback' },
        secrets: { verifierBytes: 64, state: { bytes: 32, encoding: 'base64url' } },
        authorizeUrl: (flow) => authorizeUrl(settings, flow),
      },
      { way: 'device', begin: (send) => this.#begin(send), poll: (flow, send) => this.#poll(flow, send) },
    ];
  }

  missing(): string | null {
    return this.settings.clientId ? null : 'plugins."@maestro/provider-openai".oauth.clientId';
  }

  exchange({ code, redirectUri, verifier }: OAuthGrant, send: SendOnce): Promise<TokenSet> {
    return fetchTokens(exchangeRequest(this.settings, { code, redirectUri, verifier: verifier ?? '' }), send);
  }

  async refresh({ refresh_token }: Readonly<Record<string, Secret>>, send: SendOnce): Promise<TokenSet> {
    if (!refresh_token) throw new ProviderError('auth', 'there is no refresh token; sign in to ChatGPT anew');
    return fetchTokens(
      refresh_token.use((token) => refreshRequest(this.settings, token)),
      send,
    );
  }

  async #begin(send: SendOnce): Promise<DeviceFlow> {
    const response = await send(deviceBeginRequest(this.settings));
    const text = await textOf(response);
    if (response.status === 404)
      throw failure('not_found', 'offers no sign-in by code for this client; use the one in the browser', {
        status: 404,
        permanent: true,
      });
    if (response.status !== 200) throw refusal(response, text);
    const { device_auth_id: device, user_code, usercode, interval } = jsonOf(text);
    const userCode = user_code ?? usercode;
    if (typeof device !== 'string' || typeof userCode !== 'string')
      throw failure('malformed', 'began a sign-in without a code');
    return {
      verificationUrl: `${this.settings.issuerUrl.replace(/\/+$/, '')}/codex/device`,
      userCode,
      device,
      // Comes as text.
      intervalMs: (Number(interval) > 0 ? Number(interval) : DEVICE_INTERVAL_S) * 1000,
      expiresInMs: DEVICE_LIFE_MS,
    };
  }

  /** While the person has not agreed, the server says 403 or 404. */
  async #poll(flow: DeviceFlow, send: SendOnce): Promise<TokenSet | null> {
    const response = await send(devicePollRequest(this.settings, flow));
    const text = await textOf(response);
    if (response.status === 403 || response.status === 404) return null;
    if (response.status !== 200) throw refusal(response, text);
    const { authorization_code: code, code_verifier: verifier } = jsonOf(text);
    if (typeof code !== 'string' || typeof verifier !== 'string')
      throw failure('malformed', 'ended a sign-in without a code to exchange');
    // Secrets from here on: a server may repeat them in a complaint.
    for (const value of [code, verifier]) new Secret(value);
    return fetchTokens(
      exchangeRequest(this.settings, { code, verifier, redirectUri: deviceRedirect(this.settings) }),
      send,
    );
  }
}

/**
 * The page of the vendor where a person agrees. One parameter's name is made of the user's own `originator`: the
 * reference puts another product's name there.
 */
export function authorizeUrl({ clientId, issuerUrl, originator }: Settings, flow: OAuthFlow): string {
  const parameters = [
    ['response_type', 'code'],
    ['client_id', clientId],
    ['redirect_uri', flow.redirectUri],
    ['scope', SCOPE],
    ['code_challenge', flow.challenge ?? ''],
    ['code_challenge_method', 'S256'],
    ['id_token_add_organizations', 'true'],
    [`${originator.replace(/\/.*$/, '')}_simplified_flow`, 'true'],
    ['state', flow.state],
    ['originator', originator],
    ['theme', 'dark'],
  ];
  const query = parameters.map((pair) => pair.map((each) => encodeURIComponent(each!)).join('='));
  return `${issuerUrl.replace(/\/+$/, '')}/oauth/authorize?${query.join('&')}`;
}

export const deviceRedirect = ({ issuerUrl }: Pick<Settings, 'issuerUrl'>): string =>
  `${issuerUrl.replace(/\/+$/, '')}/deviceauth/callback`;

interface Exchange {
  code: string;
  verifier: string;
  redirectUri: string;
}

export function exchangeRequest(settings: Settings, { code, verifier, redirectUri }: Exchange): PreparedRequest {
  return request(settings, codeExchange, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    client_id: settings.clientId,
    code_verifier: verifier,
  });
}

export const refreshRequest = (settings: Settings, refreshToken: string): PreparedRequest =>
  request(settings, refresh, {
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: settings.clientId,
  });

export const deviceBeginRequest = (settings: Settings): PreparedRequest =>
  request(settings, deviceBegin, { client_id: settings.clientId });

export const devicePollRequest = (
  settings: Settings,
  { device, userCode }: Pick<DeviceFlow, 'device' | 'userCode'>,
): PreparedRequest => request(settings, devicePoll, { device_auth_id: device, user_code: userCode });

function request({ issuerUrl }: Settings, profile: WireProfile, fields: Record<string, string>): PreparedRequest {
  const { origin, at } = targetOf(issuerUrl);
  return { profile: at(profile), origin, slots: {}, body: orderedBody(profile.body!, fields) };
}
