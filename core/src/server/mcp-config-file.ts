import { parse as parseToml } from 'smol-toml';
import { MaestroError } from '../errors.js';
import type { NewMcpServerBody } from '../protocol/api.js';

/** What other programs write about one server; every field may be missing or of another kind. */
interface Written {
  type?: unknown;
  transport?: unknown;
  command?: unknown;
  args?: unknown;
  cwd?: unknown;
  env?: unknown;
  url?: unknown;
  httpUrl?: unknown;
  serverUrl?: unknown;
  headers?: unknown;
  http_headers?: unknown;
  /** Headers whose values are names of variables. */
  env_http_headers?: unknown;
  bearer_token_env_var?: unknown;
  description?: unknown;
  disabled?: unknown;
  enabled?: unknown;
  tool_timeout_sec?: unknown;
  disabled_tools?: unknown;
}

/** Keys under which servers stand. */
const keys = ['mcpServers', 'servers', 'mcp_servers'] as const;

/**
 * Reads the MCP servers out of a configuration file of another program: TOML where its name ends so, else JSON
 * with comments of whole lines.
 * `${NAME}` and `${env:NAME}` are replaced where the environment has them.
 *
 * @throws MaestroError `mcp.config` where it holds none, or cannot be read
 */
export function serversIn(text: string, path: string, env: NodeJS.ProcessEnv): NewMcpServerBody[] {
  const whole = parsed(text, path);
  const found = keys.map((key) => whole[key]).find((value) => isRecord(value));
  if (!isRecord(found)) throw unusable(`${path} has neither "${keys.join('" nor "')}"`);
  return Object.entries(found).flatMap(([name, one]) => (isRecord(one) ? (server(name, one, env) ?? []) : []));
}

function parsed(text: string, path: string): Record<string, unknown> {
  if (path.toLowerCase().endsWith('.toml')) return parsedToml(text, path);
  for (const candidate of [text, text.replace(/^\s*\/\/.*$/gm, '')]) {
    try {
      const value: unknown = JSON.parse(candidate);
      if (isRecord(value)) return value;
    } catch {
      // Perhaps only for its comments.
    }
  }
  throw unusable(`${path} is not a JSON object`);
}

function parsedToml(text: string, path: string): Record<string, unknown> {
  try {
    return parseToml(text);
  } catch (error) {
    // Its message shows the line, in which a key may stand.
    const { line } = error as { line?: number };
    throw unusable(`${path} is no TOML${line === undefined ? '' : `: see line ${line}`}`);
  }
}

/** Undefined where neither a command nor an address is given. */
function server(name: string, one: Written, env: NodeJS.ProcessEnv): NewMcpServerBody | undefined {
  const url = [one.url, one.httpUrl, one.serverUrl].find((value) => typeof value === 'string');
  const type = one.type ?? one.transport;
  const shared = {
    name: name
      .replace(/[^A-Za-z0-9_.-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 64),
    ...(typeof one.description === 'string' && { description: one.description.slice(0, 2_000) }),
    ...((one.disabled === true || one.enabled === false) && { is_enabled: false }),
    ...settings(one),
  };
  if (shared.name === '') return undefined;
  if (typeof one.command === 'string') {
    const args = Array.isArray(one.args) ? one.args.map((word) => filled(String(word), env)) : [];
    return {
      ...shared,
      transport: 'stdio',
      command: filled(one.command, env),
      args,
      ...(typeof one.cwd === 'string' && { working_directory: filled(one.cwd, env) }),
      env: texts(one.env, env),
    };
  }
  if (url === undefined) return undefined;
  // Where the file does not say which, what it calls `url` may be either; the newer one is the more likely.
  const transport = type === 'sse' ? 'sse' : 'http';
  return { ...shared, transport, url: filled(url as string, env), headers: headers(one, env) };
}

function settings({ tool_timeout_sec: seconds, disabled_tools: hidden }: Written): Pick<NewMcpServerBody, 'settings'> {
  const timeoutMs = typeof seconds === 'number' ? Math.round(seconds * 1_000) : 0;
  const found = {
    ...(timeoutMs >= 1_000 && { timeout_ms: timeoutMs }),
    ...(Array.isArray(hidden) && hidden.length > 0 && { hidden_tools: hidden.map(String) }),
  };
  return Object.keys(found).length > 0 ? { settings: found } : {};
}

/** Written out, or as the names of variables that hold them; one that is not set is left out. */
function headers(one: Written, env: NodeJS.ProcessEnv): Record<string, string> {
  const named = Object.entries(isRecord(one.env_http_headers) ? one.env_http_headers : {}).flatMap(
    ([name, variable]) => {
      const value = env[String(variable)];
      return value === undefined ? [] : [[name, value] as const];
    },
  );
  const token = typeof one.bearer_token_env_var === 'string' ? env[one.bearer_token_env_var] : undefined;
  return {
    ...texts(one.headers, env),
    ...texts(one.http_headers, env),
    ...Object.fromEntries(named),
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
  };
}

function texts(value: unknown, env: NodeJS.ProcessEnv): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, filled(String(one), env)]));
}

function filled(text: string, env: NodeJS.ProcessEnv): string {
  return text.replace(/\$\{(?:env:)?([A-Za-z_][A-Za-z0-9_]*)\}/g, (whole, name: string) => env[name] ?? whole);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function unusable(message: string): MaestroError {
  return new MaestroError('mcp.config', message);
}
