import { createHash, randomBytes } from 'node:crypto';

interface Held<T> {
  value: T;
  until: number;
}

/** Secrets that work once and for a short time: sign-in codes and socket tickets. Kept in memory as digests. */
export class OneTime<T> {
  readonly #held = new Map<string, Held<T>>();

  constructor(
    private readonly lifeMs: number,
    private readonly now: () => number = Date.now,
    /** The oldest make room: nobody can fill the memory by asking. */
    private readonly most = 1_000,
  ) {}

  issue(value: T): string {
    this.#sweep();
    const secret = randomBytes(16).toString('base64url');
    this.#held.set(digest(secret), { value, until: this.now() + this.lifeMs });
    return secret;
  }

  redeem(secret: string): T | null {
    const key = digest(secret);
    const held = this.#held.get(key);
    this.#held.delete(key);
    return held && held.until > this.now() ? held.value : null;
  }

  /** Forgets what belongs to someone who lost their right. */
  forget(belongs: (value: T) => boolean): void {
    for (const [key, { value }] of this.#held) if (belongs(value)) this.#held.delete(key);
  }

  #sweep(): void {
    for (const [key, { until }] of this.#held) {
      if (until > this.now() && this.#held.size < this.most) return;
      this.#held.delete(key);
    }
  }
}

function digest(secret: string): string {
  return createHash('sha256').update(secret).digest('base64');
}
