/** What the tokens of a ChatGPT account say about it. Their signature is not checked: they came from their maker. */
export interface Claims {
  accountId: string | undefined;
  email: string | undefined;
  /** How long the token lives, by its own dates and not by our clock. */
  lifeMs: number | undefined;
}

const NAMESPACE = 'https://api.openai.com/auth';

/** Empty for what is no JSON web token. */
export function claimsOf(token: string | undefined): Claims {
  const payload = record(parse(token?.split('.')[1] ?? ''));
  const auth = record(payload[NAMESPACE]);
  const { iat, exp } = payload;
  return {
    accountId: string(auth.chatgpt_account_id) ?? string(payload.chatgpt_account_id),
    email: string(payload.email),
    lifeMs: typeof iat === 'number' && typeof exp === 'number' && exp > iat ? (exp - iat) * 1000 : undefined,
  };
}

function parse(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}

const string = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined);

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
