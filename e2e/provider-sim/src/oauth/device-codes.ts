import { createHash, randomBytes } from 'node:crypto';
import { type Answer, Refusal, type SimRequest } from '../wire-format.js';
import type { Accounts } from './accounts.js';
import { fieldsOf, needed } from './token-request.js';

interface Device {
  clientId: string;
  userCode: string;
  looks: number;
}

/** OpenAI's sign-in by code: the person agrees elsewhere, and the code that comes brings its own verifier. */
export class DeviceCodes {
  readonly #devices = new Map<string, Device>();

  constructor(private readonly accounts: Accounts) {}

  answer(request: SimRequest, operation: string): Answer {
    if (operation === 'usercode') return this.#begin(request);
    if (operation === 'token') return this.#poll(request);
    throw new Refusal(404, 'not_found', 'Not Found');
  }

  #begin(request: SimRequest): Answer {
    const { client_id } = needed(fieldsOf(request, 'json'), 'client_id');
    const id = this.accounts.device();
    const userCode = `SIM${this.#devices.size}-CODE`;
    this.#devices.set(id, { clientId: client_id!, userCode, looks: 0 });
    return { status: 200, json: { device_auth_id: id, user_code: userCode, interval: '1' } };
  }

  #poll(request: SimRequest): Answer {
    const { device_auth_id: id, user_code } = needed(fieldsOf(request, 'json'), 'device_auth_id', 'user_code');
    const device = this.#devices.get(id!);
    if (device?.userCode !== user_code) throw new Refusal(404, 'deviceauth_unknown', 'Unknown device code');
    device!.looks += 1;
    if (device!.looks <= this.accounts.state.deviceLooks)
      throw new Refusal(403, 'deviceauth_authorization_pending', 'The person has not agreed yet');
    this.#devices.delete(id!);
    const verifier = randomBytes(64).toString('base64url');
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const redirectUri = `http://${request.header('host')}/deviceauth/callback`;
    const code = this.accounts.code({
      vendor: 'openai',
      clientId: device!.clientId,
      redirectUri,
      state: '',
      challenge,
    });
    return { status: 200, json: { authorization_code: code, code_challenge: challenge, code_verifier: verifier } };
  }
}
