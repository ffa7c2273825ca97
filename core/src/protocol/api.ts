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
const effort = Type.Enum(['low', 'medium', 'high']);
const onLimit = Type.Enum(['wait', 'switch']);
const approval = Type.Enum(['allow', 'ask', 'plan']);
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
    effort: Type.Optional(nullable(effort)),
    on_limit: Type.Optional(nullable(onLimit)),
    approval: Type.Optional(nullable(approval)),
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
    effort: Type.Optional(nullable(effort)),
    on_limit: Type.Optional(nullable(onLimit)),
    approval: Type.Optional(nullable(approval)),
  },
  strict,
);
export type SessionPatchBody = Static<typeof SessionPatchBody>;

/** Also the start of the name of a tool. */
const templateName = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9 ._-]{0,47}$' });
const names = Type.Array(Type.String({ pattern: '^[A-Za-z0-9_.:/*-]{1,128}$' }), { maxItems: 500 });
const template = {
  role: Type.Optional(nullable(name)),
  description: Type.Optional(Type.String({ maxLength: 8_000 })),
  preferred_provider: Type.Optional(nullable(id)),
  preferred_model: Type.Optional(nullable(id)),
  /** Empty: all that are switched on. */
  tools: Type.Optional(names),
  mcps: Type.Optional(names),
};
const systemPrompt = Type.String({ minLength: 1, maxLength: 200_000 });

export const NewTemplateBody = Type.Object({ name: templateName, system_prompt: systemPrompt, ...template }, strict);
export type NewTemplateBody = Static<typeof NewTemplateBody>;

export const TemplatePatchBody = Type.Object(
  { name: Type.Optional(templateName), system_prompt: Type.Optional(systemPrompt), ...template },
  strict,
);
export type TemplatePatchBody = Static<typeof TemplatePatchBody>;

/** An agent file of another program, or of this one; `file` is how errors name it. */
export const ImportTemplateBody = Type.Object(
  { file: name, text: Type.String({ minLength: 1, maxLength: 300_000 }) },
  strict,
);
export type ImportTemplateBody = Static<typeof ImportTemplateBody>;

const limit = Type.Optional(Type.Integer({ minimum: 1, maximum: 200 }));

export const SessionsQuery = Type.Object(
  {
    limit,
    cursor: Type.Optional(Type.String({ maxLength: 500 })),
    q: Type.Optional(Type.String({ maxLength: 500 })),
    /** Those that answer calls of this session, or `all`; else only those of people. */
    parent: Type.Optional(id),
    status: Type.Optional(
      Type.Enum(['idle', 'thinking', 'streaming', 'tool', 'approval', 'queued', 'error', 'interrupted']),
    ),
  },
  strict,
);

const blob = Type.String({ pattern: '^[0-9a-f]{64}$' });
const mediaType = Type.String({ pattern: '^[a-z0-9.+-]{1,63}/[a-z0-9.+-]{1,63}$' });
/** Made safe where it is taken. */
const fileName = Type.String({ minLength: 1, maxLength: 1_000 });
/** The type is looked up in the bytes, and their number counted; what is said of them is not believed. */
const kept = { media_type: Type.Optional(mediaType), blob, bytes: Type.Optional(Type.Integer({ minimum: 0 })) };
/** How bytes are to be called where they are saved. */
export const BlobQuery = Type.Object({ name: Type.Optional(fileName) }, strict);

const attachment = Type.Union([
  Type.Object({ v: Type.Literal(1), type: Type.Literal('image'), name: Type.Optional(fileName), ...kept }, strict),
  Type.Object({ v: Type.Literal(1), type: Type.Literal('file'), name: fileName, ...kept }, strict),
]);

export const NewMessageBody = Type.Object(
  {
    client_key: ClientKey,
    text: Type.String({ minLength: 1 }),
    mode: Type.Optional(mode),
    /** Their bytes are put into /blobs first. */
    attachments: Type.Optional(Type.Array(attachment, { maxItems: 20 })),
    /** What its turn may cost at most, beside the budgets. */
    max_usd: Type.Optional(Type.String({ pattern: '^\\d{1,8}(\\.\\d{1,12})?$' })),
  },
  strict,
);
export type NewMessageBody = Static<typeof NewMessageBody>;

export const CompactBody = Type.Object(
  {
    /** What the summary must hold above all. */
    instructions: Type.Optional(nullable(Type.String({ minLength: 1, maxLength: 10_000 }))),
  },
  strict,
);
export type CompactBody = Static<typeof CompactBody>;

/** Of `before`, `after` and `around` one; `around` also takes the id of a message. */
export const MessagesQuery = Type.Object(
  {
    limit,
    before: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_147_483_647 })),
    after: Type.Optional(Type.Integer({ minimum: 0, maximum: 2_147_483_647 })),
    around: Type.Optional(Type.String({ pattern: '^(\\d{1,9}|[0-9a-fA-F-]{36})$' })),
  },
  strict,
);

export const CallsQuery = Type.Object(
  {
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000 })),
    before: Type.Optional(Type.Integer({ minimum: 1, maximum: 2_147_483_647 })),
  },
  strict,
);

export const SearchQuery = Type.Object(
  {
    q: Type.String({ minLength: 1, maxLength: 500 }),
    /** Only in the current conversation of this session. */
    session: Type.Optional(id),
    limit,
    cursor: Type.Optional(Type.String({ maxLength: 500 })),
  },
  strict,
);

export const ForkBody = Type.Object(
  {
    /** The last message that is taken along. */
    at_message_id: Type.Optional(id),
    /** Said in the new session at once; in place of the message named, where that is one of a person. */
    text: Type.Optional(Type.String({ minLength: 1 })),
  },
  strict,
);
export type ForkBody = Static<typeof ForkBody>;

export const EventsQuery = Type.Object(
  { limit, after: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })) },
  strict,
);

export const WorkingFilesQuery = Type.Object(
  {
    q: Type.Optional(Type.String({ maxLength: 1_000 })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 50 })),
  },
  strict,
);

export const ExportQuery = Type.Object({ format: Type.Optional(Type.Enum(['json', 'markdown'])) }, strict);

export const QueuedPatchBody = Type.Object(
  {
    text: Type.Optional(Type.String({ minLength: 1 })),
    ord: Type.Optional(Type.Integer({ minimum: -2_147_483_648, maximum: 2_147_483_647 })),
    mode: Type.Optional(mode),
  },
  strict,
);
export type QueuedPatchBody = Static<typeof QueuedPatchBody>;

export const ComposerBody = Type.Object(
  {
    text,
    attachments: Type.Array(Type.Unknown(), { maxItems: 100 }),
    /** Who types, chosen by the client: it hears of what others type and not of its own. */
    by: Type.Optional(ClientKey),
  },
  strict,
);
export type ComposerBody = Static<typeof ComposerBody>;

const approvalState = Type.Enum(['open', 'allowed', 'denied', 'answered', 'cancelled']);

export const ApprovalsQuery = Type.Object(
  { limit, state: Type.Optional(approvalState), session_id: Type.Optional(id) },
  strict,
);

/** What a person says to a request. `allow` answers a question as well, `deny` declines it, `dismiss` closes it without a word. */
export const ApprovalAnswerBody = Type.Object(
  {
    decision: Type.Enum(['allow', 'deny', 'always', 'dismiss']),
    /** Instead of the arguments the model gave. */
    args: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    /** To a question: values by the names of its fields. */
    answer: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    /** With `deny`: why, for the model. */
    text: Type.Optional(Type.String({ maxLength: 10_000 })),
  },
  strict,
);
export type ApprovalAnswerBody = Static<typeof ApprovalAnswerBody>;

const rulePattern = Type.String({ minLength: 1, maxLength: 4_096, pattern: '^[^\\u0000]*$' });
const ruleFields = {
  tool: Type.String({ minLength: 1, maxLength: 128, pattern: oneLine }),
  pattern: nullable(rulePattern),
  decision: Type.Enum(['allow', 'ask', 'deny']),
};
export const NewApprovalRuleBody = Type.Object(
  {
    session_id: Type.Optional(nullable(id)),
    tool: ruleFields.tool,
    pattern: Type.Optional(ruleFields.pattern),
    decision: ruleFields.decision,
  },
  strict,
);
export type NewApprovalRuleBody = Static<typeof NewApprovalRuleBody>;
export const ApprovalRulePatchBody = Type.Partial(Type.Object(ruleFields, strict), strict);
export type ApprovalRulePatchBody = Static<typeof ApprovalRulePatchBody>;
export const ApprovalRulesQuery = Type.Object({ session_id: Type.Optional(id) }, strict);

/** Money in USD: a decimal string, so that no digit is lost. */
const usd = Type.String({ pattern: '^\\d{1,8}(\\.\\d{1,12})?$' });
const budgetFields = {
  /** Null: no limit, whatever the configuration says. */
  limit_usd: nullable(usd),
  /** Share of the limit at which a warning is given; null: as the configuration says. */
  warn_at: nullable(Type.Number({ minimum: 0, maximum: 1 })),
};
export const NewBudgetBody = Type.Union([
  Type.Object(
    {
      scope: Type.Enum(['turn', 'session']),
      session_id: Type.Optional(nullable(id)),
      limit_usd: budgetFields.limit_usd,
      warn_at: Type.Optional(budgetFields.warn_at),
    },
    strict,
  ),
  Type.Object(
    {
      scope: Type.Literal('day'),
      session_id: Type.Optional(Type.Null()),
      limit_usd: budgetFields.limit_usd,
      warn_at: Type.Optional(budgetFields.warn_at),
    },
    strict,
  ),
]);
export const BudgetPatchBody = Type.Partial(Type.Object(budgetFields, strict), strict);
export type BudgetPatchBody = Static<typeof BudgetPatchBody>;

export const ToolUseQuery = Type.Object({ days: Type.Optional(Type.Integer({ minimum: 1, maximum: 90 })) }, strict);
export const ToolPatchBody = Type.Object({ is_enabled: Type.Boolean() }, strict);

const serverName = Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$' });
const envName = { pattern: '^[A-Za-z_][A-Za-z0-9_]{0,255}$' };
const envValue = Type.String({ maxLength: 32_768, pattern: '^[^\\u0000]*$' });
const headerName = { pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,256}$" };
// What a header may carry on one line.
const headerValue = Type.String({ maxLength: 16_384, pattern: '^[\\t\\u0020-\\u007e\\u0080-\\u00ff]*$' });
const few = { maxProperties: 200, additionalProperties: false } as const;
const serverSettings = Type.Object(
  {
    trust_read_only: Type.Optional(Type.Boolean()),
    sampling: Type.Optional(Type.Enum(['ask', 'allow', 'deny'])),
    hidden_tools: Type.Optional(Type.Array(Type.String({ maxLength: 4_096 }), { maxItems: 5_000 })),
    timeout_ms: Type.Optional(Type.Integer({ minimum: 1_000, maximum: 3_600_000 })),
  },
  strict,
);
const reach = {
  description: Type.Optional(Type.String({ maxLength: 2_000 })),
  url: Type.Optional(nullable(Type.String({ maxLength: 4_096, pattern: oneLine }))),
  command: Type.Optional(nullable(path)),
  args: Type.Optional(Type.Array(Type.String({ maxLength: 32_768, pattern: '^[^\\u0000]*$' }), { maxItems: 500 })),
  working_directory: Type.Optional(nullable(path)),
  is_enabled: Type.Optional(Type.Boolean()),
  settings: Type.Optional(serverSettings),
};
const serverTransport = Type.Enum(['stdio', 'http', 'sse']);

/** `env` and `headers` are written and never read. */
export const NewMcpServerBody = Type.Object(
  {
    name: serverName,
    transport: serverTransport,
    ...reach,
    env: Type.Optional(Type.Record(Type.String(envName), envValue, few)),
    headers: Type.Optional(Type.Record(Type.String(headerName), headerValue, few)),
  },
  strict,
);
export type NewMcpServerBody = Static<typeof NewMcpServerBody>;

/** A server to connect to without saving it. */
export const McpTrialBody = Type.Object(
  {
    server: NewMcpServerBody,
    /** Id or name of a saved one that it is a change of: what is secret and not given is taken from there. */
    like: Type.Optional(id),
  },
  strict,
);
export type McpTrialBody = Static<typeof McpTrialBody>;

/** A configuration file of another program; `file` tells TOML from JSON by its ending. */
export const McpImportBody = Type.Object(
  {
    file: name,
    text: Type.String({ minLength: 1, maxLength: 500_000 }),
    /** Whether what is new is saved; else it is only shown. */
    add: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type McpImportBody = Static<typeof McpImportBody>;

/** A client that its authorization server knows already; nothing: it is registered as a new one. */
export const McpLoginBody = Type.Object(
  {
    client_id: Type.Optional(Type.String({ minLength: 1, maxLength: 2_000 })),
    client_secret: Type.Optional(Type.String({ minLength: 1, maxLength: 10_000 })),
    /** Address of a client's own description, for servers that take one. */
    client_metadata_url: Type.Optional(Type.String({ minLength: 1, maxLength: 2_000, pattern: '^https://' })),
  },
  strict,
);
export type McpLoginBody = Static<typeof McpLoginBody>;

export const McpLoginAnswerBody = Type.Object({ pasted: Type.String({ minLength: 1, maxLength: 16_384 }) }, strict);
export type McpLoginAnswerBody = Static<typeof McpLoginAnswerBody>;

/** Names of `env` and `headers` that are not given stay; null takes one away. */
export const McpServerPatchBody = Type.Object(
  {
    name: Type.Optional(serverName),
    transport: Type.Optional(serverTransport),
    ...reach,
    env: Type.Optional(Type.Record(Type.String(envName), nullable(envValue), few)),
    headers: Type.Optional(Type.Record(Type.String(headerName), nullable(headerValue), few)),
  },
  strict,
);
export type McpServerPatchBody = Static<typeof McpServerPatchBody>;

const fields = Type.Record(Type.String({ pattern: '^[a-z0-9_]{1,64}$' }), Type.String({ maxLength: 16_384 }));

export const NewCredentialBody = Type.Object(
  {
    provider: id,
    /** Id of the auth method, as `GET /providers` names it. */
    method: id,
    label: Type.Optional(name),
    /** What the method asks for. */
    fields,
    /** Whether it is proved with a real call first; default true. */
    verify: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type NewCredentialBody = Static<typeof NewCredentialBody>;

export const CredentialPatchBody = Type.Object({ label: name }, strict);
/** The provider is needed for the id `env`, which every provider may have. */
export const VerifyBody = Type.Object({ provider: Type.Optional(id) }, strict);

export const BeginSignInBody = Type.Object(
  { way: Type.Optional(Type.Enum(['browser', 'code', 'device'])), label: Type.Optional(name) },
  strict,
);
export type BeginSignInBody = Static<typeof BeginSignInBody>;

/** A code, `code#state` or the whole address the browser ended at; for a method that asks for fields, those. */
export const CompleteSignInBody = Type.Union([
  Type.Object({ code: Type.String({ minLength: 1, maxLength: 16_384 }) }, strict),
  Type.Object({ fields }, strict),
]);
export type CompleteSignInBody = Static<typeof CompleteSignInBody>;

/** `full`: new data keys as well. `drop_old`: forget the keys that seal nothing any more. */
export const RotateKeysBody = Type.Object(
  { full: Type.Optional(Type.Boolean()), drop_old: Type.Optional(Type.Boolean()) },
  strict,
);
export type RotateKeysBody = Static<typeof RotateKeysBody>;

const flag = Type.Optional(Type.Enum(['true', 'false', '1', '0']));
export const ModelsQuery = Type.Object({ refresh: flag }, strict);
export const DirectoriesQuery = Type.Object({ path: Type.Optional(path), hidden: flag }, strict);

export const NewTokenBody = Type.Object({ name }, strict);
export const ExchangeBody = Type.Object({ code: Type.String({ minLength: 1, maxLength: 200 }) }, strict);
const fieldName = { pattern: '^[A-Za-z0-9_.-]{1,64}$' };
/** The session a panel is shown for. */
export const PanelQuery = Type.Object({ session_id: Type.Optional(id) }, strict);
/** What was typed into the fields of a form; a button gives none. */
export const PanelActionBody = Type.Object(
  {
    input: Type.Optional(
      Type.Record(
        Type.String(fieldName),
        Type.Union([Type.String({ maxLength: 65_536 }), Type.Number(), Type.Boolean(), Type.Null()]),
        { ...strict, maxProperties: 64 },
      ),
    ),
  },
  strict,
);
export type PanelActionBody = Static<typeof PanelActionBody>;
/** What is not given stays; null takes a setting back to its default. The plugin's own schema checks the rest. */
export const PluginPatchBody = Type.Object(
  {
    enabled: Type.Optional(Type.Boolean()),
    settings: Type.Optional(Type.Record(Type.String({ pattern: '^(?!__proto__$).{1,200}$' }), Type.Unknown(), strict)),
  },
  strict,
);
export type PluginPatchBody = Static<typeof PluginPatchBody>;

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
