import { MaestroError } from '../errors.js';

/** The step was not committed because a row was no longer as it should be; nothing was changed. */
export function isRefused(error: unknown): boolean {
  return error instanceof MaestroError && error.code === 'step.refused';
}

/** Another process owns the conversation, or it is gone: whoever works on it here stops at once and in silence. */
export function isFenceLost(error: unknown): boolean {
  return error instanceof MaestroError && error.code === 'fence.lost';
}
