import { definePlugin, Http } from '@maestro/core';
import { apiKey } from './api-key.js';
import { Config } from './config.js';
import { chatgpt } from './oauth/chatgpt.js';
import { SignIn } from './oauth/sign-in.js';
import { OpenAiProvider } from './provider.js';

export { parseOpenAiUsage } from './usage.js';

export default definePlugin({
  name: '@maestro/provider-openai',
  config: Config,
  activate(ctx, settings) {
    const { env } = process;
    const config = {
      ...settings,
      organization: settings.organization || (env.OPENAI_ORG_ID ?? ''),
      project: settings.project || (env.OPENAI_PROJECT_ID ?? ''),
    };
    for (const [name, url] of [
      ['baseUrl', config.baseUrl],
      ['chatgptUrl', config.chatgptUrl],
      ['oauth.issuerUrl', config.oauth.issuerUrl],
    ] as const)
      if (sendsInTheClear(url))
        ctx.log.warn(`${name} is ${new URL(url).origin}: secrets go there unencrypted; use https, or a proxy here`);
    ctx.auth.add(apiKey);
    ctx.auth.add(chatgpt(new SignIn(config.oauth)));
    ctx.providers.add(new OpenAiProvider({ config, http: () => ctx.resolve(Http) }));
  },
});

/** Plain HTTP to another machine: whoever listens in between reads the key. */
function sendsInTheClear(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(?:127(?:\.\d+){3}|localhost|\[::1\])$/.test(hostname);
}
