import { createHmac, timingSafeEqual } from 'node:crypto';

/** Signs thinking, so that a history with invented or changed thinking is found out. Bound to the model, as replay is. */
export class Signatures {
  constructor(private readonly secret: string) {}

  sign(model: string, text: string): string {
    return createHmac('sha256', this.secret).update(`${model}\n${text}`).digest('base64');
  }

  isOwn(model: string, text: string, signature: string): boolean {
    const expected = Buffer.from(this.sign(model, text));
    const given = Buffer.from(signature);
    return expected.length === given.length && timingSafeEqual(expected, given);
  }

  hidden(model: string, text: string): string {
    return `${Buffer.from(text).toString('base64')}.${this.sign(model, `hidden\n${text}`)}`;
  }

  isOwnHidden(model: string, data: string): boolean {
    const [text = '', signature = ''] = data.split('.');
    return this.isOwn(model, `hidden\n${Buffer.from(text, 'base64').toString()}`, signature);
  }
}
