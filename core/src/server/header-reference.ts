import type { WireOperation } from '../extension/wire-operation.js';
import { align } from '../fidelity/align.js';
import type { CallResource, HeaderReference } from '../protocol/resources.js';
import { wholeHead } from '../wire/render.js';

/** Holds the headers of a stored call against the profile of the application it was shaped after. */
export function headerReference(
  { profile: id, request_headers }: Pick<CallResource, 'profile' | 'request_headers'>,
  operations: readonly WireOperation[],
): HeaderReference | null {
  const operation = operations.find(({ profile }) => profile.id === id);
  if (!operation) return null;
  const expected = wholeHead(operation.profile).map(([name]) => name);
  const found = request_headers.map(([name]) => name);
  const steps = align(expected, found, (a, b) => a === b);
  return {
    ...operation.reference,
    profile: operation.profile.id,
    matching: steps.filter((step) => 'expected' in step && 'found' in step).length,
    left_out: steps.flatMap((step) => ('found' in step ? [] : [step.expected])),
    unexpected: steps.flatMap((step) => ('expected' in step ? [] : [step.found])),
  };
}
