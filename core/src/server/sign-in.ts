import { MaestroError } from '../errors.js';
import type { Identity } from './gate.js';
import { OneTime } from './one-time.js';

const CODE_LIFE_MS = 60_000;
const TICKET_LIFE_MS = 30_000;
/** How long a browser's token lives without being used; the store holds to it. */
export const BROWSER_IDLE_SECONDS = 12 * 60 * 60;

export interface TokenMaker {
  create(name: string, kind: 'machine' | 'browser' | 'api'): Promise<{ id: string; token: string }>;
}

/** How a browser gets in without a secret in a URL: token of a machine -> code -> token of its own -> socket tickets. */
export class SignIn {
  readonly #codes: OneTime<Identity>;
  readonly #tickets: OneTime<Identity>;

  constructor(
    private readonly tokens: TokenMaker,
    now: () => number = Date.now,
  ) {
    this.#codes = new OneTime(CODE_LIFE_MS, now);
    this.#tickets = new OneTime(TICKET_LIFE_MS, now);
  }

  /** A browser's own token may not multiply itself. */
  issueCode(identity: Identity): string {
    if (identity.kind !== 'browser') return this.#codes.issue(identity);
    throw new MaestroError('auth.machine_only', 'a browser cannot make sign-in codes; run `maestro open`');
  }

  async exchange(code: string): Promise<{ token: string; token_id: string; idle_seconds: number }> {
    const issuer = this.#codes.redeem(code);
    if (!issuer) {
      throw new MaestroError(
        'auth.code_invalid',
        'this sign-in code is wrong, used or older than 60 s; run `maestro open` again',
      );
    }
    const { id, token } = await this.tokens.create(`browser, signed in by ${issuer.name}`, 'browser');
    return { token, token_id: id, idle_seconds: BROWSER_IDLE_SECONDS };
  }

  issueTicket(identity: Identity): string {
    return this.#tickets.issue(identity);
  }

  redeemTicket(ticket: string): Identity | null {
    return this.#tickets.redeem(ticket);
  }

  /** What a revoked token has handed out dies with it. */
  revoke(tokenId: string): void {
    this.#codes.forget(({ id }) => id === tokenId);
    this.#tickets.forget(({ id }) => id === tokenId);
  }
}
