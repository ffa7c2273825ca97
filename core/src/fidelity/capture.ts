import { type Static, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import { pathOf, schemaErrors } from '../schema-errors.js';

/** A text, in which `<redacted>` and the like stand for anything; a pattern; or a slot that is compared by place alone. */
const Expected = Type.Union([
  Type.String(),
  Type.Object({ pattern: Type.String() }),
  Type.Object({ slot: Type.Literal('identity') }),
]);
export type Expected = Static<typeof Expected>;

const Pair = Type.Tuple([Type.String(), Expected]);
const Reference = { app: Type.String(), version: Type.String() };

const RequestCapture = Type.Object({
  ...Reference,
  scheme_host: Type.String(),
  method: Type.String(),
  path: Type.String(),
  httpVersion: Type.Optional(Type.String()),
  headers: Type.Array(Pair),
  body_framing: Type.Union([Type.Literal('content-length'), Type.Literal('none')]),
  body_encoding: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('form')])),
  top_level_key_order: Type.Optional(Type.Array(Type.String())),
  body: Type.Optional(Type.Unknown()),
});
/** One request as it stood on the wire. */
export type RequestCapture = Static<typeof RequestCapture>;

const FrameCapture = Type.Object({
  ...Reference,
  transport: Type.String({ pattern: 'websocket' }),
  path: Type.String(),
  top_level_key_order: Type.Array(Type.String()),
  body: Type.Optional(Type.Unknown()),
});
/** One text frame over a connection that was upgraded before. */
export type FrameCapture = Static<typeof FrameCapture>;

const AuthorizationUrl = Type.Object({
  ...Reference,
  provider: Type.String(),
  variant: Type.Optional(Type.String()),
  base: Type.String(),
  space_encoding: Type.Union([Type.Literal('+'), Type.Literal('%20')]),
  query: Type.Array(Type.Tuple([Expected, Expected])),
});
/** The address a browser is sent to, with its parameters in order. */
export type AuthorizationUrl = Static<typeof AuthorizationUrl>;

const UrlList = Type.Object({ urls: Type.Array(AuthorizationUrl, { minItems: 1 }) });
const Described = Type.Object({ source: Type.Literal('read from source'), items: Type.Array(Type.Unknown()) });
const FormBody = Type.Array(Pair);

export type Capture =
  | { type: 'request'; capture: RequestCapture }
  | { type: 'frame'; capture: FrameCapture }
  | { type: 'urls'; urls: AuthorizationUrl[] }
  /** What nobody recorded: there are no bytes to compare with. */
  | { type: 'described'; count: number };

/** @throws Error telling in one line what in this file is not understood */
export function readCapture(text: string): Capture {
  const value: unknown = JSON.parse(text, withGoodPattern);
  const has = (key: string) => typeof value === 'object' && value !== null && key in value;
  if (has('headers')) {
    const capture = checked(RequestCapture, value);
    if (capture.body_encoding === 'form') checked(FormBody, capture.body);
    return { type: 'request', capture };
  }
  if (has('transport')) return { type: 'frame', capture: checked(FrameCapture, value) };
  if (has('urls')) return { type: 'urls', urls: checked(UrlList, value).urls };
  if (has('items')) return { type: 'described', count: checked(Described, value).items.length };
  throw new Error('it holds neither "headers" of a request, nor "transport" of a frame, nor "urls"');
}

/** A pattern that is none would otherwise be found out in the middle of a comparison. */
function withGoodPattern(key: string, value: unknown): unknown {
  if (key === 'pattern' && typeof value === 'string') new RegExp(value);
  return value;
}

/** The parameters of a form, in order. */
export const formOf = ({ body }: RequestCapture): Static<typeof FormBody> => body as Static<typeof FormBody>;

/** The model a request names in its body, where it does. */
export function modelOf({ body }: { body?: unknown }): string | undefined {
  const model = (body as { model?: unknown } | null | undefined)?.model;
  return typeof model === 'string' ? model : undefined;
}

function checked<S extends TSchema>(schema: S, value: unknown): Static<S> {
  if (Value.Check(schema, value)) return value;
  const [fault] = schemaErrors(schema, value);
  throw new Error(fault ? `${pathOf(fault).join('.') || 'the file'} ${fault.message}` : 'it has another shape');
}
