import { type Answer, Refusal, type SimRequest, type WireFormat } from '../wire-format.js';
import { checkToken } from './credentials.js';
import { googleError } from './errors.js';
import type { GoogleAccount } from './google-account.js';

const SCOPES = ['cloud-platform', 'userinfo.email', 'userinfo.profile'];

/** What Google says about a token and whose it is: `/tokeninfo` and `/oauth2/v2/userinfo`. */
export class GoogleIdentityFormat implements WireFormat {
  readonly id = 'google-identity';

  constructor(private readonly account: GoogleAccount) {}

  owns(path: string): boolean {
    return path === '/tokeninfo' || path === '/oauth2/v2/userinfo';
  }

  answer(request: SimRequest): Answer {
    const route = `${request.method} ${request.path}`;
    if (route === 'POST /tokeninfo') return this.#tokenInfo(request);
    if (route === 'GET /oauth2/v2/userinfo') return this.#userInfo(request);
    throw new Refusal(404, 'NOT_FOUND', 'Not Found');
  }

  headers(): Record<string, string> {
    return { vary: 'Origin, X-Origin, Referer' };
  }

  /** The token server has errors of its own. */
  errorBody(type: string | undefined, message: string | undefined, status: number): unknown {
    if (type === 'invalid_token') return { error: type, error_description: message };
    return googleError({ type, message, status, service: 'www.googleapis.com' });
  }

  errorFrame(): string {
    return '';
  }

  #tokenInfo(request: SimRequest): Answer {
    const { email } = this.account;
    try {
      checkToken(request);
    } catch {
      throw new Refusal(400, 'invalid_token', 'Invalid Value');
    }
    const scope = SCOPES.map((name) => `https://www.googleapis.com/auth/${name}`).join(' ');
    return {
      status: 200,
      json: { scope, expires_in: 3599, email, email_verified: true, access_type: 'offline' },
    };
  }

  #userInfo(request: SimRequest): Answer {
    checkToken(request);
    const { email, name } = this.account;
    return { status: 200, json: { id: '1', email, verified_email: true, name, given_name: name } };
  }
}
