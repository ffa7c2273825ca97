import type { Message, TurnView } from '@maestro/core/protocol';
import { money, plural } from './format.js';

const ofProvider: Record<string, (name: string) => string> = {
  'provider.auth': (name) => `${name} refused the credential`,
  'provider.bad_request': (name) => `${name} does not take this request`,
  'provider.broken': (name) => `${name} broke off`,
  'provider.interrupted': (name) => `${name} broke off`,
  'provider.malformed': (name) => `${name} answered with something unreadable`,
  'provider.network': (name) => `${name} cannot be reached`,
  'provider.not_found': (name) => `${name} does not know this model`,
  'provider.overloaded': (name) => `${name} is overloaded`,
  'provider.quota': (name) => `The quota with ${name} is used up`,
  'provider.rate_limit': (name) => `${name} limits how often it is asked`,
  'provider.refused': (name) => `${name} declined to answer`,
  'provider.timeout': (name) => `${name} took too long`,
  'provider.too_long': (name) => `The conversation is too long for ${name}`,
  'provider.unavailable': (name) => `${name} is unavailable`,
};

/** What failed, in a few words that come before the code. */
export function failureName({ state, error }: Pick<TurnView, 'state' | 'error'>, provider: string): string {
  if (!error) return state === 'interrupted' ? 'The turn was interrupted' : 'The turn failed';
  if (error.code.startsWith('budget.')) return 'A budget is used up';
  if (error.code === 'context.full') return 'The context window is full';
  const name = ofProvider[error.code];
  if (name) return name(provider);
  return state === 'interrupted' ? 'The turn was interrupted' : 'The turn failed';
}

/** `nothing was billed`, `$0.02 was billed`; empty where that is not known. */
export function billed(turn_id: string | null, messages: readonly Message[]): string {
  const own = messages.filter(
    (message) => message.turn_id !== null && message.turn_id === turn_id && message.role === 'assistant',
  );
  if (own.some(({ status, request_tokens }) => status !== 'complete' && request_tokens === null)) return '';
  const used = own.filter(({ request_tokens, response_tokens }) => (request_tokens ?? 0) + (response_tokens ?? 0) > 0);
  if (used.length === 0) return 'nothing was billed';
  if (used.some(({ total_cost_usd }) => total_cost_usd === null)) return 'no price';
  const cost = used.reduce((sum, { total_cost_usd }) => sum + Number(total_cost_usd), 0);
  return `${money(
    String(cost),
    used.some(({ estimated }) => estimated),
  )} was billed`;
}

/** `tried 3 times` */
export function tries(attempt: number): string {
  return attempt > 1 ? `tried ${plural(attempt, 'time')}` : '';
}
