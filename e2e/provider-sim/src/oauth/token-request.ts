import { Refusal, type SimRequest } from '../wire-format.js';

export type Fields = Readonly<Record<string, string>>;

/** Fields of a body in the one encoding a server takes for it. */
export function fieldsOf(request: SimRequest, encoding: 'json' | 'form'): Fields {
  const type = (request.header('content-type') ?? '').split(';')[0];
  const wanted = encoding === 'json' ? 'application/json' : 'application/x-www-form-urlencoded';
  if (type !== wanted) throw new Refusal(400, 'invalid_request', `the body must be ${wanted}`);
  if (encoding === 'form') return Object.fromEntries(new URLSearchParams(request.body.toString()));
  try {
    return JSON.parse(request.body.toString()) as Fields;
  } catch {
    throw new Refusal(400, 'invalid_request', 'the body is no JSON');
  }
}

export function needed(fields: Fields, ...names: readonly string[]): Fields {
  const missing = names.filter((name) => !fields[name]);
  if (missing.length > 0)
    throw new Refusal(400, 'invalid_request', `Missing required parameter: ${missing.join(', ')}`);
  return fields;
}
