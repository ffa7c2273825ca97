import type { McpServerResource, ProviderResource, SessionStatus, SystemStats } from '@maestro/core/protocol';
import { duration, plural } from './format.js';
import { groupOf } from './status.js';

/** `5 running, 2 waiting` */
export function sessionsAtWork(sessions: SystemStats['sessions']): string {
  const of = (group: string) =>
    Object.entries(sessions).reduce(
      (sum, [status, count]) => sum + (groupOf(status as SessionStatus) === group ? (count ?? 0) : 0),
      0,
    );
  return `${of('running')} running, ${of('needs')} waiting`;
}

export interface HealthLine {
  id: string;
  name: string;
  kind: 'provider' | 'mcp';
  tone: 'ok' | 'warn' | 'error' | 'off';
  /** A word or a figure. */
  text: string;
  /** The reason in full. */
  detail: string;
}

/** Providers that can be used, with how fast they answer or why they do not. */
export function providerLines(
  providers: readonly Pick<ProviderResource, 'id' | 'label' | 'ready'>[],
  latencies: SystemStats['providers'],
): HealthLine[] {
  return providers.flatMap(({ id, label, ready }): HealthLine[] => {
    const called = latencies.find(({ provider }) => provider === id);
    if (!ready && !called) return [];
    const line = { id, name: label, kind: 'provider' } as const;
    if (called?.failure) {
      const { code, message } = called.failure;
      const passes = /rate|overload|timeout|limit/.test(code);
      return [{ ...line, tone: passes ? 'warn' : 'error', text: wordsOf(code), detail: message }];
    }
    if (called?.latency_ms == null)
      return [{ ...line, tone: 'ok', text: 'ready', detail: 'Not called in the last hour' }];
    return [
      {
        ...line,
        tone: 'ok',
        text: duration(called.latency_ms),
        detail: `${plural(called.calls, 'call')} in the last hour`,
      },
    ];
  });
}

/** MCP servers that are on, with their tools or why they offer none. */
export function mcpLines(
  servers: readonly Pick<McpServerResource, 'id' | 'name' | 'is_enabled' | 'status'>[],
): HealthLine[] {
  return servers.flatMap(({ id, name, is_enabled, status }): HealthLine[] => {
    if (!is_enabled || !status) return [];
    const line = { id, name, kind: 'mcp', detail: status.reason ?? '' } as const;
    switch (status.state) {
      case 'connected':
        return [{ ...line, tone: 'ok', text: plural(status.tools, 'tool') }];
      case 'connecting':
      case 'waiting':
        return [{ ...line, tone: 'warn', text: status.state === 'waiting' ? 'trying again' : 'connecting' }];
      case 'needs_login':
        return [{ ...line, tone: 'warn', text: 'needs sign-in' }];
      case 'failed':
        return [{ ...line, tone: 'error', text: 'failed' }];
      default:
        return [{ ...line, tone: 'off', text: 'off' }];
    }
  });
}

/** `provider.rate_limited` as `rate limited`. */
function wordsOf(code: string): string {
  return code.slice(code.lastIndexOf('.') + 1).replaceAll('_', ' ');
}
