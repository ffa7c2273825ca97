/** What every response carries, refusals and static files alike. There is never an Access-Control header. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': contentPolicy(),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** For bytes that agents or users made: nothing in them may run, whatever they claim to be. */
export const untrustedHeaders: Readonly<Record<string, string>> = {
  'content-type': 'application/octet-stream',
  'content-security-policy': `sandbox; ${contentPolicy()}`,
};

/**
 * `nonce` is for style elements on browsers without constructable style sheets; `socketOrigin` for those
 * whose `'self'` does not cover `ws:`. Only a page needs either.
 */
export function contentPolicy(page?: { nonce: string; socketOrigin: string }): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    page ? `style-src 'self' 'nonce-${page.nonce}'` : "style-src 'self'",
    "img-src 'self' data: blob:",
    page ? `connect-src 'self' ${page.socketOrigin}` : "connect-src 'self'",
    "font-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types lit-html maestro-md dompurify',
  ].join('; ');
}
