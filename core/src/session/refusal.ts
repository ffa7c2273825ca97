import { MaestroError } from '../errors.js';

/** The step was not committed because a row was no longer as it should be; nothing was changed. */
export function isRefused(error: unknown): boolean {
  return error instanceof MaestroError && error.code === 'step.refused';
}

/** Another process owns the conversation, or it is gone: whoever works on it here stops at once and in silence. */
export function isFenceLost(error: unknown): boolean {
  return error instanceof MaestroError && error.code === 'fence.lost';
}

export function busy(session_id: string): MaestroError {
  return new MaestroError('session.busy', `session "${session_id}" is answering; stop it or wait`);
}

export function nothingToRetry(session_id: string): MaestroError {
  const message = `the last turn of session "${session_id}" neither failed nor waits; send a message instead`;
  return new MaestroError('turn.nothing_to_retry', message);
}

export function closing(): MaestroError {
  return new MaestroError('server.closing', 'the server is stopping; send this again once it runs');
}
