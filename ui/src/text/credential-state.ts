import type { CredentialResource } from '@maestro/core/protocol';
import type { IconName } from '../icons/names.js';

/** How a credential stands, in words, with a tone and an outline. */
export function credentialState(credential: CredentialResource): { words: string; tone: string; icon: IconName } {
  if (credential.state === 'corrupt') return { words: 'Cannot be opened', tone: 'c-error', icon: 'circle-alert' };
  if (credential.state === 'needs_login') return { words: 'Needs a new sign-in', tone: 'c-warn', icon: 'circle-alert' };
  if (credential.failure) return { words: failed(credential.failure.code), tone: 'c-error', icon: 'circle-alert' };
  if (credential.next_refresh_at !== null) return { words: 'Refreshes by itself', tone: 'c-ok', icon: 'circle-check' };
  if (credential.last_success_at !== null) return { words: 'Works', tone: 'c-ok', icon: 'circle-check' };
  return { words: 'Not used yet', tone: 't2', icon: 'clock' };
}

const reasons: Readonly<Record<string, string>> = {
  'provider.auth': 'Rejected',
  'provider.quota': 'Quota used up',
  'provider.rate_limit': 'At its limit',
  'provider.refused': 'Refused for this use',
};

const failed = (code: string): string => reasons[code] ?? 'Last call failed';

/** `in 52 min`, `in 3 h`, `expired`, `never`. */
export function expiry(at: string | null, now: number): string {
  if (at === null) return 'never';
  const minutes = Math.floor((Date.parse(at) - now) / 60_000);
  if (minutes < 0) return 'expired';
  if (minutes < 120) return `in ${minutes} min`;
  return minutes < 72 * 60 ? `in ${Math.floor(minutes / 60)} h` : `in ${Math.floor(minutes / 1_440)} d`;
}
