/** What plugin authors import. Kept small: names here are relied on by packages of others. */
export { MaestroError, ProviderError, type ProviderErrorKind } from './errors.js';
export type { AuthField, AuthMethod } from './extension/auth.js';
export type { Panel, PanelAction, PanelContext } from './extension/panel.js';
export { definePlugin, type Plugin, PluginConfig, type PluginContext } from './extension/plugin.js';
export type {
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
export { defineTool, type Tool, type ToolCallContext, type ToolEffect, type ToolOutput } from './extension/tool.js';
export type { LogFields, Logger } from './log.js';
export * from './protocol/index.js';
export { Secret } from './secret.js';
export { headerOf } from './wire/exchange.js';
export { Http } from './wire/http.js';
export { WIRE_LIMITS, type WireLimits } from './wire/limits.js';
export type { WireProfile } from './wire/profile.js';
export { type ServerSentEvent, serverSentEvents } from './wire/sse.js';
