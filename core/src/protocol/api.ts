import { type Static, Type } from 'typebox';

/**
 * Bodies and queries of the REST interface: the schemas that validate a request are the ones that
 * stand in `/api/v1/openapi.json`. Lengths are in characters; a text of unbounded length is bounded
 * by the size of its body.
 */

const strict = { additionalProperties: false } as const;
// One line without control characters.
const oneLine = '^[^\\u0000-\\u001f\\u007f]*$';
const name = Type.String({ minLength: 1, maxLength: 200, pattern: oneLine });
const id = Type.String({ minLength: 1, maxLength: 200, pattern: oneLine });
const path = Type.String({ minLength: 1, maxLength: 4_096, pattern: '^[^\\u0000]*$' });
const text = Type.String();
const switches = Type.Record(Type.String({ pattern: '^[A-Za-z0-9_.-]{1,128}$' }), Type.Boolean());
const authType = Type.Enum(['api_key', 'oauth']);
const mode = Type.Enum(['queue', 'steer']);
const nullable = <T extends Parameters<typeof Type.Union>[0][number]>(schema: T) => Type.Union([schema, Type.Null()]);

/** Chosen by the client: the same key again is the same command. */
export const ClientKey = Type.String({ pattern: '^[A-Za-z0-9._:-]{1,128}$' });

export const NewSessionBody = Type.Object(
  {
    agent_name: Type.Optional(name),
    title: Type.Optional(nullable(name)),
    role: Type.Optional(nullable(name)),
    template: Type.Optional(nullable(id)),
    provider: Type.Optional(id),
    model: Type.Optional(id),
    auth_type: Type.Optional(nullable(authType)),
    credential_id: Type.Optional(nullable(id)),
    working_directory: Type.Optional(path),
    system_prompt: Type.Optional(text),
    tools: Type.Optional(switches),
    mcps: Type.Optional(switches),
    client_key: Type.Optional(ClientKey),
  },
  strict,
);
export type NewSessionBody = Static<typeof NewSessionBody>;

export const SessionPatchBody = Type.Object(
  {
    agent_name: Type.Optional(name),
    title: Type.Optional(nullable(name)),
    provider: Type.Optional(id),
    model: Type.Optional(id),
    auth_type: Type.Optional(nullable(authType)),
    credential_id: Type.Optional(nullable(id)),
    working_directory: Type.Optional(path),
    system_prompt: Type.Optional(text),
    tools: Type.Optional(switches),
    mcps: Type.Optional(switches),
  },
  strict,
);
export type SessionPatchBody = Static<typeof SessionPatchBody>;

const limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 200 }));

export const SessionsQuery = Type.Object(
  {
    limit,
    cursor: Type.Optional(Type.String({ maxLength: 500 })),
    q: Type.Optional(Type.String({ maxLength: 500 })),
    status: Type.Optional(
      Type.Enum(['idle', 'thinking', 'streaming', 'tool', 'approval', 'queued', 'error', 'interrupted']),
    ),
  },
  strict,
);

export const NewMessageBody = Type.Object(
  {
    client_key: ClientKey,
    text: Type.String({ minLength: 1 }),
    mode: Type.Optional(mode),
    // Files and images in messages are not taken yet; saying so beats dropping them.
    attachments: Type.Optional(Type.Array(Type.Unknown(), { maxItems: 0 })),
  },
  strict,
);
export type NewMessageBody = Static<typeof NewMessageBody>;

export const MessagesQuery = Type.Object(
  { limit, before: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_147_483_647 })) },
  strict,
);

export const QueuedPatchBody = Type.Object(
  {
    text: Type.Optional(Type.String({ minLength: 1 })),
    ord: Type.Optional(Type.Integer({ minimum: -2_147_483_648, maximum: 2_147_483_647 })),
    mode: Type.Optional(mode),
  },
  strict,
);
export type QueuedPatchBody = Static<typeof QueuedPatchBody>;

export const ComposerBody = Type.Object({ text, attachments: Type.Array(Type.Unknown(), { maxItems: 100 }) }, strict);
export type ComposerBody = Static<typeof ComposerBody>;

export const ToolPatchBody = Type.Object({ is_enabled: Type.Boolean() }, strict);

export const NewCredentialBody = Type.Object(
  {
    provider: id,
    /** Id of the auth method, as `GET /providers` names it. */
    method: id,
    label: Type.Optional(name),
    /** What the method asks for. */
    fields: Type.Record(Type.String({ pattern: '^[a-z0-9_]{1,64}$' }), Type.String({ maxLength: 16_384 })),
  },
  strict,
);
export type NewCredentialBody = Static<typeof NewCredentialBody>;

const flag = Type.Optional(Type.Enum(['true', 'false', '1', '0']));
export const ModelsQuery = Type.Object({ refresh: flag }, strict);
export const DirectoriesQuery = Type.Object({ path: Type.Optional(path), hidden: flag }, strict);

export const NewTokenBody = Type.Object({ name }, strict);
export const ExchangeBody = Type.Object({ code: Type.String({ minLength: 1, maxLength: 200 }) }, strict);
/** For commands that take nothing; the body may be missing. */
export const EmptyBody = Type.Object({}, strict);

const topic = Type.String({ minLength: 1, maxLength: 200 });

/** Frames a client sends on a socket; the same shapes as `ClientFrame`. */
export const ClientFrameSchema = Type.Union([
  Type.Object(
    {
      op: Type.Literal('join'),
      topic,
      conversation_id: Type.Optional(Type.String({ maxLength: 200 })),
      after: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
    },
    strict,
  ),
  Type.Object({ op: Type.Literal('leave'), topic }, strict),
  Type.Object(
    {
      op: Type.Literal('send'),
      topic,
      client_key: ClientKey,
      text: Type.String({ minLength: 1 }),
      mode: Type.Optional(mode),
    },
    strict,
  ),
  Type.Object({ op: Type.Literal('stop'), topic }, strict),
  Type.Object({ op: Type.Literal('ping') }, strict),
]);
