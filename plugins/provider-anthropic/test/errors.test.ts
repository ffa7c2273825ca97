import { expect } from 'chai';
import { errorOfEvent, errorOfResponse } from '../src/errors.js';

const body = (type: string, message = 'words') =>
  JSON.stringify({ type: 'error', error: { type, message }, request_id: 'req_1' });

describe('an error of the Messages API', () => {
  const rows: [status: number, body: string, kind: string][] = [
    [400, body('invalid_request_error', 'messages: at least one'), 'bad_request'],
    [400, body('invalid_request_error', 'prompt is too long: 213462 tokens > 200000 maximum'), 'too_long'],
    [400, body('invalid_request_error', 'input length and `max_tokens` exceed context limit: 1'), 'too_long'],
    [400, body('invalid_request_error', 'Your credit balance is too low to access the API'), 'quota'],
    [400, body('invalid_request_error', 'You have reached your specified API usage limits'), 'quota'],
    [401, body('authentication_error'), 'auth'],
    [402, body('billing_error'), 'quota'],
    [403, body('permission_error'), 'auth'],
    [404, body('not_found_error'), 'not_found'],
    [408, 'slow', 'timeout'],
    [409, body('conflict_error'), 'bad_request'],
    [413, body('request_too_large'), 'too_long'],
    [418, 'teapot', 'bad_request'],
    [422, '', 'bad_request'],
    [429, body('rate_limit_error'), 'rate_limit'],
    [429, body('rate_limit_error', 'You have reached your monthly spend limit'), 'quota'],
    [429, '<html>slow down</html>', 'rate_limit'],
    [500, body('api_error'), 'unavailable'],
    [502, '<html>bad gateway</html>', 'unavailable'],
    [503, '', 'unavailable'],
    [503, body('overloaded_error'), 'overloaded'],
    [504, body('timeout_error'), 'timeout'],
    [529, body('overloaded_error'), 'overloaded'],
    [401, '"just a string"', 'auth'],
    [403, 'null', 'auth'],
  ];
  for (const [status, text, kind] of rows)
    it(`${status} ${text.slice(0, 90)} is ${kind}`, () => {
      const error = errorOfResponse(status, [['Request-Id', 'req_9']], text);
      expect(error).to.include({ kind, status, requestId: 'req_9', fallback: false });
      expect(error.message).to.match(/^Anthropic answered \d+: .+; .+/s);
    });

  it('is final, and explained, where a sign-in is meant for another application', () => {
    const words = 'This credential is only authorized for use with another application';
    for (const status of [400, 401, 403]) {
      const error = errorOfResponse(status, [], body('invalid_request_error', words));
      expect(error).to.include({ kind: 'refused', permanent: true, status });
      expect(error.message).to.include(words).and.include('API key');
    }
  });

  it('is quota where a 429 says that trying again is no use', () => {
    const error = errorOfResponse(429, [['x-should-retry', 'false']], body('rate_limit_error'));
    expect(error).to.include({ kind: 'quota' });
  });

  it('is a redirect that is not followed', () => {
    const error = errorOfResponse(307, [['location', 'https://evil.example']], '');
    expect(error.message).to.contain('https://evil.example').and.contain('not followed');
    expect(errorOfResponse(302, [], '').message).to.contain('nowhere');
  });

  it('asks to wait in seconds, in a date, or in milliseconds', () => {
    const wait = (...headers: [string, string][]) => errorOfResponse(429, headers, '').retryAfterMs;
    expect(wait(['Retry-After', '2'])).to.equal(2000);
    expect(wait(['retry-after', ' 1.5 '])).to.equal(1500);
    expect(wait(['retry-after', '9'], ['retry-after-ms', '250'])).to.equal(250);
    expect(wait(['retry-after', new Date(Date.now() - 60_000).toUTCString()])).to.equal(0);
    expect(wait(['retry-after', new Date(Date.now() + 60_000).toUTCString()])).to.be.within(1000, 60_000);
    expect(wait(['retry-after', 'soon'])).to.equal(undefined);
    expect(wait()).to.equal(undefined);
  });

  it('shows little of a long page', () => {
    expect(errorOfResponse(502, [], 'x\n'.repeat(9000)).message)
      .to.have.length.below(600)
      .and.not.contain('\n');
  });

  for (const [type, kind] of [
    ['overloaded_error', 'overloaded'],
    ['api_error', 'unavailable'],
    ['rate_limit_error', 'rate_limit'],
    ['timeout_error', 'timeout'],
    ['invalid_request_error', 'bad_request'],
    ['new_error', 'overloaded'],
    ['constructor', 'overloaded'],
  ])
    it(`inside a stream: ${type} is ${kind}`, () => {
      expect(errorOfEvent(JSON.parse(body(type!)))).to.include({ kind });
    });

  it('inside a stream without a type is a passing trouble', () => {
    expect(errorOfEvent({})).to.include({ kind: 'overloaded' });
  });
});
