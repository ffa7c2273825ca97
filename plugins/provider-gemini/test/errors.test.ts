import { Secret } from '@maestro/core';
import { expect } from 'chai';
import { errorOfResponse, without } from '../src/errors.js';

const info = (reason: string) => ({ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason });
const quota = (quotaId: string) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaId, quotaMetric: 'generativelanguage.googleapis.com/generate_content_free_tier_requests' }],
});
const retry = (retryDelay: string) => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });
const body = (code: number, status: string, message: string, details: object[] = []) => ({
  error: { code, message, status, details },
});
const errorOf = (code: number, value: unknown, headers: [string, string][] = []) =>
  errorOfResponse(code, headers, typeof value === 'string' ? value : JSON.stringify(value));

describe('an error of Gemini', () => {
  for (const [kind, code, status, message, details] of [
    ['auth', 400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.', [info('API_KEY_INVALID')]],
    ['auth', 400, 'INVALID_ARGUMENT', 'API key expired. Please renew the API key.'],
    ['auth', 401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.'],
    ['auth', 403, 'PERMISSION_DENIED', 'The caller does not have permission'],
    [
      'too_long',
      400,
      'INVALID_ARGUMENT',
      'The input token count (1200000) exceeds the maximum number of tokens allowed',
    ],
    ['bad_request', 400, 'INVALID_ARGUMENT', 'Invalid JSON payload received. Unknown name "x"'],
    ['bad_request', 400, 'FAILED_PRECONDITION', 'Enable billing'],
    ['not_found', 404, 'NOT_FOUND', 'models/gemini-0 is not found for API version v1beta'],
    ['rate_limit', 429, 'RESOURCE_EXHAUSTED', 'You exceeded', [quota('GenerateRequestsPerMinutePerProjectPerModel')]],
    ['quota', 429, 'RESOURCE_EXHAUSTED', 'You exceeded', [quota('GenerateRequestsPerDayPerProjectPerModel-FreeTier')]],
    ['quota', 429, 'RESOURCE_EXHAUSTED', 'Quota exceeded for metric: x, limit: 0, model: gemini-3-pro'],
    ['quota', 429, 'RESOURCE_EXHAUSTED', 'You have exhausted your capacity on this model', [info('QUOTA_EXHAUSTED')]],
    ['rate_limit', 429, 'RESOURCE_EXHAUSTED', 'Resource has been exhausted', [info('RATE_LIMIT_EXCEEDED')]],
    ['overloaded', 429, 'RESOURCE_EXHAUSTED', 'No room', [info('MODEL_CAPACITY_EXHAUSTED')]],
    ['overloaded', 503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'],
    ['unavailable', 503, 'UNAVAILABLE', 'The service is currently unavailable.'],
    ['unavailable', 500, 'INTERNAL', 'An internal error has occurred.'],
    ['timeout', 504, 'DEADLINE_EXCEEDED', 'The request timed out.'],
    ['bad_request', 418, 'constructor', 'strange'],
  ] as const)
    it(`of ${code} "${message}" is ${kind}`, () => {
      const error = errorOf(code, body(code, status, message, [...(details ?? [])]));
      expect(error).to.include({ kind, status: code, permanent: false });
      expect(error.message).to.contain(message);
    });

  it('comes as an array, too, and as the page of a proxy', () => {
    expect(errorOf(503, [body(503, 'UNAVAILABLE', 'gone')])).to.include({ kind: 'unavailable' });
    const page = errorOf(502, '<html>\n <h1>Bad gateway</h1>');
    expect(page).to.include({ kind: 'unavailable' });
    expect(page.message).to.contain('<html> <h1>Bad gateway</h1>');
    expect(errorOf(429, '')).to.include({ kind: 'rate_limit' });
  });

  it('says how long to wait: in its details, a header, or words', () => {
    const limit = (message: string, ...details: object[]) => body(429, 'RESOURCE_EXHAUSTED', message, details);
    expect(errorOf(429, limit('x', retry('34.074824224s'))).retryAfterMs).to.equal(34_075);
    expect(errorOf(429, limit('Please retry in 1.5s.')).retryAfterMs).to.equal(1500);
    expect(errorOf(429, limit('Your quota will reset after 1h2m3s.')).retryAfterMs).to.equal(3_723_000);
    expect(errorOf(429, limit('Please retry in 517.3ms.')).retryAfterMs).to.equal(517);
    expect(errorOf(429, limit('x'), [['Retry-After', '2']]).retryAfterMs).to.equal(2000);
    const soon = new Date(Date.now() + 10_000).toUTCString();
    expect(errorOf(503, limit('x'), [['retry-after', soon]]).retryAfterMs).to.be.within(8000, 10_000);
    expect(errorOf(429, limit('x', retry('soon'))).retryAfterMs).to.equal(undefined);
  });

  it('of an account, a client or a place that is not served is for good, and says what to do', () => {
    for (const message of [
      'This client is no longer supported for Gemini Code Assist for individuals.',
      "You must be a named user on your organization's Gemini Code Assist Standard edition subscription",
      'Your current account is not eligible for Gemini Code Assist for individuals',
    ]) {
      const error = errorOf(403, body(403, 'PERMISSION_DENIED', message));
      expect(error).to.include({ kind: 'refused', permanent: true });
      expect(error.message).to.contain('use a Gemini API key');
    }
    const place = errorOf(400, body(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'));
    expect(place).to.include({ kind: 'refused', permanent: true });
  });

  it('V9: names where an answer points, which is not followed', () => {
    const error = errorOf(307, '', [['location', 'https://evil.example/']]);
    expect(error).to.include({ kind: 'bad_request', status: 307 });
    expect(error.message).to.contain('https://evil.example/');
  });

  it('loses the secrets in it', () => {
    const secrets = [new Secret('AIza-canary'), undefined, new Secret('short')];
    expect(without(secrets, 'AIza-canary is short')).to.equal('<secret> is short');
  });
});
