import { ProviderError } from '../errors.js';
import type { Failure } from '../protocol/events.js';
import { cancels } from './approvals.js';
import { Attempt } from './attempt.js';
import { makeRoom, roomAtOnce } from './compaction.js';
import { assertWellFormed } from './context.js';
import { type Decision, decide } from './decision.js';
import { finalFailure } from './failure.js';
import { fewer } from './shown-media.js';
import type { PendingReply } from './tools-phase.js';
import { type Asking, type TurnContext, type TurnEnd, type TurnStopped, turnEnds } from './turn.js';
import { unlessStopped, untilAborted } from './wait.js';

/** What was tried for one reply. */
interface Tries {
  /** Attempts with the model that is asked now. */
  attempts: number;
  /** Those that were repeats: 0 after the first failure. */
  retries: number;
  hasRefreshed: boolean;
  hasCompacted: boolean;
}

/**
 * Gets one reply, trying again where that may help. Gives the reply when it calls tools, else how the turn ended.
 *
 * @throws MaestroError `history.broken`, before anything is sent
 */
export async function callModel(turn: TurnContext): Promise<PendingReply | TurnEnd> {
  assertWellFormed(turn.history);
  const tries: Tries = { attempts: 0, retries: 0, hasRefreshed: false, hasCompacted: false };
  await resume(turn, tries);
  turn.tools = await turn.input.tools();
  for (;;) {
    const held = await guarded(turn);
    if (turn.stopped) return stopTurn(turn, turn.stopped);
    if (held) return endAt(turn, held);
    tries.attempts += 1;
    const attempt = new Attempt(turn, tries.attempts);
    const failed = await attempt.read();
    if (failed && turn.stopped) return attempt.stop(turn.stopped);
    tellCredential(turn, failed);
    if (!failed) return attempt.complete();
    if (await leaveOutMedia(turn, attempt, failed.error)) continue;
    const end = await follow(turn, attempt, failed.error, tries);
    if (end) return end;
  }
}

/** Makes room, which may cost money itself; gives why no call may follow. */
async function guarded(turn: TurnContext): Promise<Failure | null> {
  if (turn.stopped) return null;
  const held = await unlessStopped(turn, turn.input.guards.beforeCall(turn));
  if (held || turn.stopped) return held;
  const { length } = turn.history;
  await makeRoom(turn);
  if (turn.history.length === length || turn.stopped) return null;
  return unlessStopped(turn, turn.input.guards.beforeCall(turn));
}

/** A provider that refuses a picture would refuse it for ever after: the request goes out again with fewer. */
async function leaveOutMedia(turn: TurnContext, attempt: Attempt, error: unknown): Promise<boolean> {
  if (!(error instanceof ProviderError) || error.kind !== 'bad_request') return false;
  const shows = error.fallback || error.permanent ? undefined : fewer(turn.history, turn.shows);
  if (!shows) return false;
  await attempt.discard(error, { decision: 'fallback', delayMs: 0 });
  turn.shows = shows;
  return true;
}

/** Makes ready for another attempt; gives how the turn ended where there is none. */
async function follow(turn: TurnContext, attempt: Attempt, error: unknown, tries: Tries): Promise<TurnEnd | null> {
  const { decision, to } = await nextFor(turn, error, tries);
  switch (decision.does) {
    case 'fail':
      return attempt.fail(error);
    case 'switch':
      await attempt.discard(error, { decision: 'switch', delayMs: 0, ...(to && { to }) });
      Object.assign(tries, { attempts: 0, retries: 0, hasRefreshed: false, hasCompacted: false });
      return null;
    case 'compact': {
      const makes = await roomAtOnce(turn);
      if (!makes) return attempt.fail(error);
      await attempt.discard(error, { decision: 'compact', delayMs: 0 });
      tries.hasCompacted = true;
      await makes();
      return null;
    }
    case 'refresh':
      await attempt.discard(error, { decision: 'refresh', delayMs: 0 });
      tries.hasRefreshed = true;
      return refresh(turn);
    default:
      await attempt.discard(error, { decision: decision.does, delayMs: decision.delayMs });
      tries.retries += 1;
      await pause(turn, decision.delayMs);
      return null;
  }
}

/** Where another model should take over and there is none, waiting is the next best. */
async function nextFor(
  turn: TurnContext,
  error: unknown,
  { retries, hasRefreshed, hasCompacted }: Tries,
): Promise<{ decision: Decision; to?: Asking }> {
  const { retry, onLimit, fallback } = turn.input;
  const mayRefresh = !hasRefreshed && turn.asking.credential?.kind === 'oauth';
  const maySwitch = (turn.config.on_limit ?? onLimit) === 'switch';
  const standing = { retries, mayRefresh, maySwitch, mayCompact: !hasCompacted };
  const decision = decide(error, standing, retry);
  if (decision.does !== 'switch') return { decision };
  const to = await fallback(turn.asking);
  return to ? { decision, to } : { decision: decide(error, { ...standing, maySwitch: false }, retry) };
}

/** The same sign-in with fresh tokens. Where there are none, that is why the turn fails. */
async function refresh(turn: TurnContext): Promise<TurnEnd | null> {
  const { credentials, signal, turnId } = turn.input;
  const { credential, config } = turn.asking;
  if (!credential) return null;
  try {
    turn.asking = { ...turn.asking, credential: await untilAborted(credentials.refresh(credential), signal) };
    return null;
  } catch (error) {
    // The top of the loop ends a turn that is stopped.
    if (turn.stopped) return null;
    turn.log.warn('a sign-in could not be refreshed', { provider: config.provider, cause: error });
    const ends = turnEnds(turnId, { state: 'failed', error: finalFailure(error, config.provider) });
    await turn.step(ends.writes, ends.events, ends.session);
    return 'failed';
  }
}

/** An earlier run of the turn ended while it waited: the rest of the wait is still owed. */
async function resume(turn: TurnContext, tries: Tries): Promise<void> {
  const { pause: left } = turn.input;
  if (!left || turn.hasStarted) return;
  tries.attempts = left.attempts;
  tries.retries = left.attempts;
  await pause(turn, left.ms);
}

/** A stop ends the wait; whoever called looks for one. */
async function pause(turn: TurnContext, ms: number): Promise<void> {
  const { clock, signal } = turn.input;
  if (ms === 0) return;
  await clock.sleep(ms, signal).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}

/** Nothing depends on it, so nothing waits for it. */
function tellCredential(turn: TurnContext, failed: { error: unknown } | null): void {
  const { credential } = turn.asking;
  const outcome = failed ? failed.error : 'ok';
  if (!credential || !(outcome === 'ok' || outcome instanceof ProviderError)) return;
  turn.input.credentials
    .used(credential, outcome)
    .catch((cause: unknown) => turn.log.warn('what became of a credential was not noted', { cause }));
}

async function stopTurn(turn: TurnContext, how: TurnStopped['how']): Promise<TurnEnd> {
  if (how === 'closing') return how;
  const end = turnEnds(turn.input.turnId, { state: 'cancelled' });
  const left = cancels(turn.waiting.values());
  await turn.step([...left.writes, ...end.writes], [...left.events, ...end.events], end.session);
  return how;
}

/** A guard said no. */
async function endAt(turn: TurnContext, error: Failure): Promise<TurnEnd> {
  const end = turnEnds(turn.input.turnId, { state: 'failed', error });
  await turn.step(end.writes, end.events, end.session);
  return 'failed';
}
