import { expect } from 'chai';
import { errorOfResponse } from '../src/errors.js';

const body = (error: object) =>
  JSON.stringify({ error: { message: 'no', type: null, param: null, code: null, ...error } });

describe('an answer that is an error', () => {
  for (const [status, error, kind] of [
    [401, { code: 'invalid_api_key', type: 'invalid_request_error' }, 'auth'],
    [401, {}, 'auth'],
    [403, { type: 'permission_error' }, 'auth'],
    [429, { code: 'insufficient_quota', type: 'insufficient_quota' }, 'quota'],
    [429, { message: 'You exceeded your current quota, please check your plan' }, 'quota'],
    [402, {}, 'quota'],
    [429, { type: 'usage_limit_reached', resets_in_seconds: 7200 }, 'quota'],
    [429, { code: 'rate_limit_exceeded', type: 'tokens' }, 'rate_limit'],
    [429, {}, 'rate_limit'],
    [429, { code: 'rate_limit_exceeded', message: 'Request too large for gpt-4o on tokens per min' }, 'too_long'],
    [400, { code: 'context_length_exceeded', type: 'invalid_request_error' }, 'too_long'],
    [400, { message: "This model's maximum context length is 8192 tokens." }, 'too_long'],
    [413, {}, 'too_long'],
    [404, { code: 'model_not_found' }, 'not_found'],
    [404, {}, 'not_found'],
    [400, { code: 'content_policy_violation' }, 'refused'],
    [400, { code: 'invalid_prompt' }, 'refused'],
    [400, { message: 'Missing required parameter: input' }, 'bad_request'],
    [422, {}, 'bad_request'],
    [400, { code: 'constructor' }, 'bad_request'],
    [408, {}, 'timeout'],
    [504, {}, 'timeout'],
    [500, { type: 'server_error' }, 'unavailable'],
    [502, {}, 'unavailable'],
    [503, {}, 'unavailable'],
    [503, { message: 'The engine is currently overloaded, please try again later' }, 'overloaded'],
    [529, {}, 'overloaded'],
  ] as const)
    it(`V1: ${status} with ${JSON.stringify(error)} is ${kind}`, () => {
      const thrown = errorOfResponse(status, [['X-Request-Id', 'req_1']], body(error));
      expect(thrown).to.include({ kind, status, requestId: 'req_1', fallback: false });
    });

  it('is told as servers write it that are not OpenAI', () => {
    for (const text of [
      '{"error":"model is loading"}',
      '{"detail":"model is loading"}',
      '{"message":"model is loading"}',
    ])
      expect(errorOfResponse(400, [], text).message, text).to.contain('answered 400: model is loading');
    expect(errorOfResponse(502, [], '<html>Bad\n gateway</html>').message).to.contain('<html>Bad gateway</html>');
    expect(errorOfResponse(500, [], '').message).to.contain('no reason given');
  });

  it('V9: is a redirect that is not followed', () => {
    const error = errorOfResponse(307, [['location', 'https://evil.example']], '');
    expect(error).to.include({ kind: 'bad_request' });
    expect(error.message).to.contain('https://evil.example').and.contain('not followed');
  });

  it('is final where the place may not use the API', () => {
    const error = errorOfResponse(403, [], body({ code: 'unsupported_country_region_territory' }));
    expect(error).to.include({ kind: 'auth', permanent: true });
  });

  describe('says how long to wait', () => {
    const wait = (headers: [string, string][], error: object = { code: 'rate_limit_exceeded' }, status = 429) =>
      errorOfResponse(status, headers, body(error)).retryAfterMs;
    for (const [headers, ms] of [
      [[['retry-after', '2']], 2000],
      [
        [
          ['Retry-After-Ms', '150'],
          ['retry-after', '2'],
        ],
        150,
      ],
      [
        [
          ['x-ratelimit-reset-requests', '1m30s'],
          ['x-ratelimit-reset-tokens', '20ms'],
        ],
        90_000,
      ],
      [
        [
          ['x-ratelimit-remaining-requests', '99'],
          ['x-ratelimit-remaining-tokens', '0'],
          ['x-ratelimit-reset-requests', '6m0s'],
          ['x-ratelimit-reset-tokens', '1.5s'],
        ],
        1500,
      ],
      [[['retry-after', 'soon']], undefined],
      [[['x-ratelimit-reset-requests', 'soon']], undefined],
    ] as [[string, string][], number | undefined][])
      it(`${headers.map((pair) => pair.join(': ')).join(', ')} is ${ms} ms`, () => {
        expect(wait(headers)).to.equal(ms);
      });

    it('as a date, in words, or until a plan starts anew', () => {
      const date = new Date(Date.now() + 60_000).toUTCString();
      expect(wait([['retry-after', date]])).to.be.within(50_000, 61_000);
      expect(wait([['retry-after', new Date(0).toUTCString()]])).to.equal(0);
      expect(wait([], { code: 'rate_limit_exceeded', message: 'Please try again in 1m2.5s. Visit' })).to.equal(62_500);
      expect(wait([], { type: 'usage_limit_reached', resets_in_seconds: 7200 })).to.equal(7_200_000);
    });

    it('for limits alone where only the budget tells it', () => {
      const headers: [string, string][] = [['x-ratelimit-reset-tokens', '3s']];
      expect(wait(headers, { type: 'server_error' }, 500)).to.equal(undefined);
    });
  });
});
