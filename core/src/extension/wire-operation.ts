import type { PreparedRequest } from '../wire/exchange.js';
import type { WireProfile } from '../wire/profile.js';
import type { ModelMessage, ToolDescription } from './provider.js';

/**
 * A request a plugin makes after a reference application, so that `maestro fidelity` can hold its bytes against the
 * captures. A capture is compared with every operation of its application, version, provider, method and path; the
 * nearest one counts.
 */
export interface WireOperation {
  readonly profile: WireProfile;
  readonly reference: { readonly app: string; readonly version: string };
  /** Where it goes when nothing else is configured, as in `https://api.example.com`. */
  readonly origin: string;
  /**
   * Requests built by the code that real calls use, from made-up input: one, or several where settings of a user
   * decide what is sent (an organization, another way to sign in).
   */
  samples(example: WireExample): readonly PreparedRequest[];
  /** Set for a text frame sent over a connection that the operation of this id upgraded. */
  readonly frameOf?: string;
}

export interface WireExample {
  /** Where the recorder listens. */
  readonly origin: string;
  /** Values of the path's slots as the capture has them, such as a model or the name of an operation. */
  readonly path: Readonly<Record<string, string>>;
  readonly model: string;
  readonly system: string;
  readonly messages: readonly ModelMessage[];
  readonly tools: readonly ToolDescription[];
}
