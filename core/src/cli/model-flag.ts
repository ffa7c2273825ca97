import { UsageError } from './command.js';

/** `PROVIDER/MODEL` as the two fields of a session; ids of models may hold slashes. Nothing gives nothing. */
export function modelFlag(flag: string | undefined): { provider?: string; model?: string } {
  if (flag === undefined) return {};
  const slash = flag.indexOf('/');
  const [provider, model] = [flag.slice(0, slash), flag.slice(slash + 1)];
  if (slash < 1 || model === '') throw new UsageError(`-m wants PROVIDER/MODEL, and got "${flag}"`);
  return { provider, model };
}
