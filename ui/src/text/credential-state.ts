import type { CredentialResource } from '@maestro/core/protocol';
import type { IconName } from '../icons/names.js';
import { running } from './format.js';

export interface CredentialState {
  words: string;
  tone: string;
  icon: IconName;
  /** Whether the words count seconds. */
  runs: boolean;
}

/** How a credential stands, in words, with a tone and an outline. */
export function credentialState(credential: CredentialResource, now = Date.now()): CredentialState {
  const { state, failure, next_refresh_at, last_success_at } = credential;
  if (state === 'corrupt') return { words: 'Cannot be opened', tone: 'c-error', icon: 'circle-alert', runs: false };
  if (state === 'needs_login')
    return { words: 'Needs a new sign-in', tone: 'c-warn', icon: 'circle-alert', runs: false };
  if (failure) return failed(failure, now);
  if (next_refresh_at !== null)
    return { words: 'Refreshes by itself', tone: 'c-ok', icon: 'circle-check', runs: false };
  if (last_success_at !== null) return { words: 'Works', tone: 'c-ok', icon: 'circle-check', runs: false };
  return { words: 'Not used yet', tone: 't2', icon: 'clock', runs: false };
}

const reasons: Readonly<Record<string, string>> = {
  'provider.auth': 'Rejected',
  'provider.quota': 'Quota used up',
  'provider.refused': 'Refused for this use',
};

function failed({ code, retry_at }: NonNullable<CredentialResource['failure']>, now: number): CredentialState {
  if (code !== 'provider.rate_limit')
    return { words: reasons[code] ?? 'Last call failed', tone: 'c-error', icon: 'circle-alert', runs: false };
  const left = retry_at === undefined ? 0 : Date.parse(retry_at) - now;
  const wait = left > 0 ? `, ${running(left)}` : '';
  return { words: `Rate limited${wait}`, tone: 'c-warn', icon: 'clock-alert', runs: left > 0 };
}

/** `in 52 min`, `in 3 h`, `expired`, `Never`. */
export function expiry(at: string | null, now: number): string {
  if (at === null) return 'Never';
  const minutes = Math.floor((Date.parse(at) - now) / 60_000);
  if (minutes < 0) return 'expired';
  if (minutes < 120) return `in ${minutes} min`;
  return minutes < 72 * 60 ? `in ${Math.floor(minutes / 60)} h` : `in ${Math.floor(minutes / 1_440)} d`;
}

/** When a call with it last went well or not; null: never. */
export function lastUse({ last_success_at, failure }: CredentialResource): string | null {
  const times = [last_success_at, failure?.at ?? null].filter((at) => at !== null);
  return times.length === 0 ? null : times.reduce((a, b) => (Date.parse(a) > Date.parse(b) ? a : b));
}

/** The one of a provider that sessions use which name none: the newest saved one that is ready, else the environment's. */
export function defaultOf(own: readonly CredentialResource[]): CredentialResource | undefined {
  const saved = own.filter(({ source, state }) => source === 'saved' && state === 'ready');
  const newest = saved.toSorted((a, b) => (b.created_at ?? '').localeCompare(a.created_at ?? ''))[0];
  return newest ?? own.find(({ source }) => source === 'env');
}
