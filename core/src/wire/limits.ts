/** Every bound on an exchange with a provider, in one place. Times in milliseconds, sizes in bytes. */
export interface WireLimits {
  /** Until a connection stands, TLS included. */
  connectMs: number;
  /** From the start of the request until the head of the answer is complete. */
  headersMs: number;
  /** Between two chunks of the answer. */
  idleMs: number;
  /** Between two events with content; pings keep a connection, not a reply. */
  stallMs: number;
  /** The whole exchange. */
  totalMs: number;
  /** The answer after decompression. */
  responseBytes: number;
  /** One line or event of an event stream. */
  eventBytes: number;
  /** What is kept of an answer that is not 2xx. */
  errorBytes: number;
  /** The head of the answer. */
  headBytes: number;
}

const MiB = 1024 * 1024;

export const WIRE_LIMITS: Readonly<WireLimits> = {
  connectMs: 10_000,
  headersMs: 60_000,
  idleMs: 120_000,
  stallMs: 300_000,
  totalMs: 30 * 60_000,
  responseBytes: 64 * MiB,
  eventBytes: 4 * MiB,
  errorBytes: 16 * 1024,
  headBytes: 16 * 1024,
};

/** Content-encodings that may lie over an answer: more than one is how a small answer becomes a huge one. */
export const MAX_ENCODINGS = 1;
