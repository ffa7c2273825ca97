import type { Credential, PreparedRequest, WireProfile } from '@maestro/core';
import type { OpenAiConfig } from './config.js';
import { isOlder } from './models.js';

/** Where requests of one kind of credential go. */
export interface Target {
  origin: string;
  /** The profile with the path it has there. */
  at(profile: WireProfile): WireProfile;
}

/**
 * A base URL as a target. A path that names a version, as in `https://host/api/v1`, stands for `/v1` of the profiles;
 * any other one comes before it.
 */
export function targetOf(baseUrl: string): Target {
  const { origin, pathname } = new URL(baseUrl);
  const base = pathname.replace(/\/+$/, '');
  const isVersioned = /\/v\d+\w*(?:\/|$)/.test(base);
  return {
    origin,
    at: (profile) => ({
      ...profile,
      path: base + (isVersioned ? profile.path.replace(/^\/v1(?=\/)/, '') : profile.path),
    }),
  };
}

export type Api = 'chat' | 'responses';

/** `auto`: Responses with OpenAI itself except for gpt-3.5 and gpt-4, else what nearly every other server speaks. */
export function apiOf({ api, baseUrl }: Pick<OpenAiConfig, 'api' | 'baseUrl'>, model: string): Api {
  if (api !== 'auto') return api;
  return isOpenAi(baseUrl) && !isOlder(model) ? 'responses' : 'chat';
}

export const isOpenAi = (baseUrl: string): boolean => /(?:^|\.)openai\.com$/.test(new URL(baseUrl).hostname);

type Slots = PreparedRequest['slots'];

const OS: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'Linux',
  darwin: 'MacOS',
  win32: 'Windows',
  freebsd: 'FreeBSD',
  openbsd: 'OpenBSD',
};

/** What the headers of a request with an API key are filled with. */
export function keySlots(
  { organization, project }: Pick<OpenAiConfig, 'organization' | 'project'>,
  { secrets }: Pick<Credential, 'secrets'>,
): Slots {
  return {
    api_key: secrets.api_key,
    organization: organization || undefined,
    project: project || undefined,
    os: OS[process.platform] ?? `Other:${process.platform}`,
    arch: process.arch === 'ia32' ? 'x32' : process.arch,
    runtime_version: process.version,
  };
}

/** The same for a ChatGPT account. */
export function accountSlots(
  { oauth }: Pick<OpenAiConfig, 'oauth'>,
  { secrets }: Pick<Credential, 'secrets'>,
  sessionId: string | undefined,
): Slots {
  const { access_token, account_id } = secrets;
  return { access_token, account_id, originator: oauth.originator, session_id: sessionId };
}
