import { MaestroError } from '../errors.js';
import type { CallbackAnswer } from './callback-listener.js';

const longest = 16_384;

/**
 * What a person pasted: a bare code, `code#state`, or the whole address the browser was sent to. The state is checked
 * wherever there is one.
 *
 * @throws MaestroError `sign_in.code_invalid`, `sign_in.state`
 */
export function readPasted(pasted: string, isState: (given: string) => boolean): CallbackAnswer {
  const text = pasted.trim();
  if (text === '' || text.length > longest) throw invalid('this is no code');
  const { code, state, error, description, issuer } = partsOf(text);
  if (state !== null && !isState(state)) {
    const message = 'this code belongs to another sign-in; use the one that this sign-in led to, or begin again';
    throw new MaestroError('sign_in.state', message);
  }
  if (error !== null) return { error, description };
  if (!code || !/^[\x21-\x7e]+$/.test(code)) throw invalid('there is no code in this');
  return { code, ...(issuer !== null && { issuer }) };
}

function partsOf(text: string) {
  if (/^https?:\/\//i.test(text)) {
    // An address that cannot be read has no code in it, and is none itself.
    const given = (name: string) => URL.parse(text)?.searchParams.get(name) ?? null;
    return {
      code: given('code'),
      state: given('state'),
      error: given('error'),
      description: given('error_description'),
      issuer: given('iss'),
    };
  }
  const [code = '', state = ''] = text.split('#', 2);
  return { code, state: state === '' ? null : state, error: null, description: null, issuer: null };
}

function invalid(what: string): MaestroError {
  const message = `${what}; paste the code the page shows, or the whole address the browser ended at`;
  return new MaestroError('sign_in.code_invalid', message);
}
