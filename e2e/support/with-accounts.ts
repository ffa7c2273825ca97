/** Configuration with which accounts of all three providers sign in at a simulator. */
export function withAccounts(url: string, clientSecret: string): string {
  return `plugins:
  "@maestro/provider-anthropic":
    { baseUrl: "${url}", oauth: { clientId: c1, authorizeUrl: "${url}/oauth/authorize", tokenUrl: "${url}/v1/oauth/token" } }
  "@maestro/provider-openai": { baseUrl: "${url}", chatgptUrl: "${url}", oauth: { clientId: c2, issuerUrl: "${url}" } }
  "@maestro/provider-gemini":
    baseUrl: "${url}"
    codeAssistUrl: "${url}"
    oauth: { clientId: c3, clientSecret: "${clientSecret}", authorizeUrl: "${url}/o/oauth2/v2/auth", tokenUrl: "${url}/token", tokenInfoUrl: "${url}/tokeninfo", userInfoUrl: "${url}/oauth2/v2/userinfo" }
`;
}
