import type { CallResource } from '@maestro/core/protocol';
import { duration, running } from './format.js';

/** How a call stands, in one word or its status, and in which tone. */
export interface CallStanding {
  state: 'live' | 'done' | 'failed' | 'stopped';
  word: string;
  /** For readers, where the word alone says little. */
  long: string;
}

export function standingOf({ state, response_status: status, error }: CallResource): CallStanding {
  if (state === 'sent') return { state: 'live', word: 'live', long: 'streaming' };
  if (state === 'interrupted')
    return error?.code === 'turn.cancelled'
      ? { state: 'stopped', word: 'stop', long: 'stopped' }
      : { state: 'failed', word: 'cut', long: 'cut off' };
  if (state === 'failed' || (status !== null && status >= 400)) {
    return {
      state: 'failed',
      word: status !== null && status >= 400 ? String(status) : 'fail',
      long: `failed, status ${status ?? 'none'}`,
    };
  }
  return { state: 'done', word: status === null ? 'done' : String(status), long: `done, status ${status ?? 'none'}` };
}

export function pathOf({ url }: Pick<CallResource, 'url'>): string {
  try {
    const { pathname, search } = new URL(url);
    return pathname + search;
  } catch {
    // A record of a test or of another age; shown as it stands.
    return url;
  }
}

/** What it took, or takes so far. */
export function spentOf({ started_at, ended_at }: CallResource, now: number): string {
  const since = Date.parse(started_at);
  return ended_at === null ? running(Math.max(0, now - since)) : duration(Math.max(0, Date.parse(ended_at) - since));
}

const REDACTED = /<redacted:(\w+):(\w*)>/g;

/** Whether a header holds a secret that was taken out before it was stored. */
export function holdsSecret(value: string): boolean {
  return value.search(REDACTED) >= 0;
}

/** Secrets as dots with the four digits that tell two of them apart. */
export function masked(value: string): string {
  return value.replace(
    REDACTED,
    (_, _kind: string, digits: string) => `\u2022\u2022\u2022\u2022\u2022\u2022\u2022\u2022${digits}`,
  );
}

/** One step of a call on its way, in milliseconds after the first. */
export interface TimingStep {
  id: 'queued' | 'connect' | 'wait' | 'stream';
  label: string;
  from: number;
  to: number;
}

/** Steps in their order; those that nobody noted are left out. */
export function timingSteps(call: CallResource): TimingStep[] {
  const { timing, started_at, first_byte_at, ended_at } = call;
  if (!timing) return oldSteps(Date.parse(started_at), first_byte_at, ended_at);
  const { queued, connected, head, first_byte, last_byte } = timing;
  const at = (ms: number) => queued + ms;
  const answered = head ?? first_byte;
  const steps: (TimingStep | null)[] = [
    { id: 'queued', label: 'Queued', from: 0, to: queued },
    connected === null ? null : { id: 'connect', label: 'Connect', from: at(0), to: at(connected) },
    answered === null
      ? null
      : { id: 'wait', label: 'First byte', from: at(connected ?? 0), to: at(first_byte ?? answered) },
    first_byte === null || last_byte === null
      ? null
      : { id: 'stream', label: 'Last byte', from: at(first_byte), to: at(last_byte) },
  ];
  return steps.filter((step) => step !== null);
}

/** Of records that know three moments only. */
function oldSteps(start: number, first: string | null, end: string | null): TimingStep[] {
  const until = (at: string | null) => (at === null ? null : Math.max(0, Date.parse(at) - start));
  const [firstByte, last] = [until(first), until(end)];
  return [
    ...(firstByte === null ? [] : [{ id: 'wait' as const, label: 'First byte', from: 0, to: firstByte }]),
    ...(last === null ? [] : [{ id: 'stream' as const, label: 'Last byte', from: firstByte ?? 0, to: last }]),
  ];
}

/** All attempts at the reply this call is one of, first first: a next one counts on from the one before. */
export function attemptsOf(calls: readonly CallResource[], { id }: Pick<CallResource, 'id'>): CallResource[] {
  const at = calls.findIndex((call) => call.id === id);
  const chosen = calls[at];
  if (!chosen) return [];
  // Others of the turn may stand between: a summary, or a tool that asked a model.
  const isKin = ({ turn_id, activity }: CallResource) => turn_id === chosen.turn_id && activity === chosen.activity;
  const attempts = [chosen];
  for (const call of calls.slice(0, at).filter(isKin).reverse()) {
    if (attempts[0]!.attempt !== call.attempt + 1) break;
    attempts.unshift(call);
  }
  for (const call of calls.slice(at + 1).filter(isKin)) {
    if (call.attempt !== attempts.at(-1)!.attempt + 1) break;
    attempts.push(call);
  }
  return attempts;
}
