/** What plugin authors import. Kept small: names here are relied on by packages of others. */
export { HomeFolder } from './config/home.js';
export { MaestroError, ProviderError, type ProviderErrorKind } from './errors.js';
export type { AuthField, AuthMethod } from './extension/auth.js';
export type { Panel, PanelAction, PanelContext } from './extension/panel.js';
export { definePlugin, type Plugin, PluginConfig, type PluginContext } from './extension/plugin.js';
export type {
  CountRequest,
  Credential,
  Model,
  ModelEvent,
  ModelMessage,
  ModelRequest,
  PreparedRequest,
  Provider,
  ProviderResponse,
  StopReason,
  TokenUsage,
  ToolDescription,
} from './extension/provider.js';
export type { Dispose } from './extension/registry.js';
export {
  type Delegation,
  defineTool,
  type SessionState,
  type SideReply,
  type SideRequest,
  type Tool,
  type ToolCallContext,
  type ToolEffect,
  type ToolOutput,
} from './extension/tool.js';
export type { WireExample, WireOperation } from './extension/wire-operation.js';
export type { LogFields, Logger } from './log.js';
export type {
  DeviceFlow,
  OAuth,
  OAuthFlow,
  OAuthGrant,
  OAuthSecrets,
  OAuthWay,
  SendOnce,
  TokenSet,
} from './oauth/oauth.js';
export { type ChildTree, type LiveTree, Processes, type SpawnOptions } from './processes/processes.js';
export * from './protocol/index.js';
export { redactSecrets, Secret } from './secret.js';
export { type CallbackAnswer, CallbackListener } from './signin/callback-listener.js';
export { readPasted } from './signin/pasted.js';
export { Templates } from './store/templates.js';
export { type LiveToolServers, type ToolServer, ToolServers } from './store/tool-servers.js';
export { ToolSwitches } from './store/tools.js';
export { SystemFigures } from './system/system-figures.js';
export { readAgentFile } from './templates/agent-file.js';
export { AgentImport } from './templates/agent-import.js';
export { headerOf } from './wire/exchange.js';
export { Http } from './wire/http.js';
export { WIRE_LIMITS, type WireLimits } from './wire/limits.js';
export { orderedBody } from './wire/ordered-body.js';
export type { BodyShape, WireProfile } from './wire/profile.js';
export { retryAfterMs } from './wire/retry-after.js';
export { type ServerSentEvent, serverSentEvents } from './wire/sse.js';
export { kindOfStatus, REMEDIES } from './wire/status-kind.js';
