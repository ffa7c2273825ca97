import { createHmac } from 'node:crypto';

/** Seals reasoning, so that invented items are found out. Bound to the account that they were written for. */
export class EncryptedReasoning {
  constructor(private readonly secret: string) {}

  seal(account: string, text: string): string {
    const data = Buffer.from(text).toString('base64url');
    return `gAAAAA${data}.${this.#mark(account, data)}`;
  }

  isOwn(account: string, sealed: string): boolean {
    const [data = '', mark] = sealed.replace(/^gAAAAA/, '').split('.');
    return mark === this.#mark(account, data);
  }

  #mark(account: string, data: string): string {
    return createHmac('sha256', this.secret).update(`${account}\n${data}`).digest('base64url');
  }
}
