import { definePlugin, Http } from '@maestro/core';
import { apiKey } from './api-key.js';
import { Config, type GeminiConfig } from './config.js';
import { codeAssistOf, GeminiProvider } from './provider.js';
import { oauthMethod } from './sign-in.js';

export default definePlugin({
  name: '@maestro/provider-gemini',
  config: Config,
  activate(ctx, config) {
    for (const [setting, address] of addresses(config))
      if (sendsInTheClear(address))
        ctx.log.warn(`${setting} is ${new URL(address).origin}: secrets go there unencrypted; use https`);
    const codeAssist = codeAssistOf(config, config.project || projectOfEnvironment());
    ctx.auth.add(apiKey);
    ctx.auth.add(oauthMethod({ config: config.oauth, codeAssist }));
    ctx.providers.add(new GeminiProvider({ config, codeAssist, http: () => ctx.resolve(Http) }));
  },
});

/** Where Google's own tools look, too. */
const projectOfEnvironment = (): string | undefined =>
  process.env.GOOGLE_CLOUD_PROJECT || process.env.GOOGLE_CLOUD_PROJECT_ID || undefined;

const addresses = ({ baseUrl, codeAssistUrl, oauth }: GeminiConfig): [setting: string, address: string][] => [
  ['baseUrl', baseUrl],
  ['codeAssistUrl', codeAssistUrl],
  ['oauth.tokenUrl', oauth.tokenUrl],
  ['oauth.tokenInfoUrl', oauth.tokenInfoUrl],
  ['oauth.userInfoUrl', oauth.userInfoUrl],
];

/** Plain HTTP to another machine: whoever listens in between reads the key. */
function sendsInTheClear(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === 'http:' && !/^(?:127(?:\.\d+){3}|localhost|\[::1\])$/.test(hostname);
}
