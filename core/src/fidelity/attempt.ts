import type { WireOperation } from '../extension/wire-operation.js';
import type { PreparedRequest } from '../wire/exchange.js';
import type { Http } from '../wire/http.js';
import { type FrameCapture, modelOf, type RequestCapture } from './capture.js';
import { compareCapture, compareFrame } from './compare.js';
import { type Difference, distance } from './difference.js';
import { examples } from './examples.js';
import { slotsOf } from './path-template.js';
import type { Recorder } from './recorder.js';
import { textFrame } from './text-frame.js';

/** Everything that sends: the way out, and the socket that stands in for every provider. */
export interface Bench {
  http: Http;
  recorder: Recorder;
}

/** A request of ours held against a capture. */
export interface Attempt {
  profile: string;
  differences: Difference[];
}

type Target = Pick<WireOperation['reference'], 'app' | 'version'> & { path: string; body?: unknown };

const SEND_MS = 10_000;

/** The operations made after what the capture shows, with the values of the path's slots. */
function operationsFor(capture: Target, all: readonly WireOperation[], isFitting: (one: WireOperation) => boolean) {
  return all.flatMap((operation) => {
    const { reference, profile } = operation;
    if (reference.app !== capture.app || reference.version !== capture.version || !isFitting(operation)) return [];
    const path = slotsOf(profile.path, capture.path);
    return path ? [{ operation, path, model: modelOf(capture) ?? path.model ?? 'example-model' }] : [];
  });
}

/** The nearest of all requests that are made after this one; undefined where none is. */
export async function attemptRequest(
  capture: RequestCapture,
  all: readonly WireOperation[],
  bench: Bench,
): Promise<Attempt | undefined> {
  const found = operationsFor(capture, all, ({ profile, frameOf }) => !frameOf && profile.method === capture.method);
  const places = { recorder: bench.recorder.host };
  const attempts = found.map(({ operation, path, model }) =>
    attempt(operation, async () => {
      const samples = examples({ origin: bench.recorder.origin, path, model }).flatMap((one) => operation.samples(one));
      const tried: Difference[][] = [];
      for (const sample of samples) {
        const recording = await bench.recorder.record(() => send(sample, bench));
        tried.push(compareCapture(capture, recording, { ...places, origin: operation.origin }));
      }
      return tried;
    }),
  );
  return nearest(await inTurn(attempts));
}

/** The same for a text frame: the connection it needs is upgraded by the operation it names. */
export async function attemptFrame(
  capture: FrameCapture,
  all: readonly WireOperation[],
  bench: Bench,
): Promise<Attempt | undefined> {
  const found = operationsFor(capture, all, ({ frameOf }) => frameOf !== undefined);
  const attempts = found.map(({ operation, path, model }) =>
    attempt(operation, async () => {
      const upgrade = all.find(({ profile }) => profile.id === operation.frameOf);
      if (!upgrade) throw new Error(`there is no operation "${operation.frameOf}" to upgrade a connection`);
      const tried: Difference[][] = [];
      for (const example of examples({ origin: bench.recorder.origin, path, model })) {
        const [first] = upgrade.samples(example);
        if (!first) throw new Error(`"${operation.frameOf}" gives no sample`);
        for (const { body } of operation.samples(example)) {
          const text = await bench.recorder.recordFrame(() => sendFrame(first, body, bench));
          tried.push(compareFrame(capture, text));
        }
      }
      return tried;
    }),
  );
  return nearest(await inTurn(attempts));
}

/** What goes wrong with a request of ours, in its sample or on its way, is a difference and ends nothing. */
function attempt(operation: WireOperation, act: () => Promise<Difference[][]>) {
  return async (): Promise<Attempt[]> => {
    const profile = operation.profile.id;
    try {
      const tried = await act();
      if (tried.length === 0) throw new Error('it gives no sample');
      return tried.map((differences) => ({ profile, differences }));
    } catch (error) {
      return [failed(profile, error)];
    }
  };
}

const NOT_SENT = 'not sent';

export function failed(profile: string, error: unknown): Attempt {
  const told = error instanceof Error ? error.message : String(error);
  return { profile, differences: [{ what: NOT_SENT, diff: [`+ ${told}`] }] };
}

/** One after the other: the recorder tells requests apart by nothing else. */
async function inTurn(attempts: readonly (() => Promise<Attempt[]>)[]): Promise<Attempt[]> {
  const all: Attempt[] = [];
  for (const one of attempts) all.push(...(await one()));
  return all;
}

export function nearest(attempts: readonly Attempt[]): Attempt | undefined {
  const [first, ...rest] = attempts;
  // What was not sent at all is further off than anything that was.
  const far = ({ differences }: Attempt) =>
    differences[0]?.what === NOT_SENT ? Number.POSITIVE_INFINITY : distance(differences);
  return first && rest.reduce((best, one) => (far(one) < far(best) ? one : best), first);
}

/** Always to the recorder, whatever the sample says: this check must never reach a provider. */
const rendered = (sample: PreparedRequest, { http, recorder }: Bench) =>
  http.render({ ...sample, origin: recorder.origin });

async function send(sample: PreparedRequest, bench: Bench): Promise<void> {
  const request = rendered(sample, bench);
  const options = { signal: AbortSignal.timeout(SEND_MS) };
  if (isUpgrade(sample)) {
    (await bench.http.upgrade(request, options)).destroy();
    return;
  }
  for await (const _chunk of (await bench.http.send(request, options)).body);
}

async function sendFrame(upgrade: PreparedRequest, text: Buffer, bench: Bench): Promise<void> {
  const connection = await bench.http.upgrade(rendered(upgrade, bench), { signal: AbortSignal.timeout(SEND_MS) });
  connection.end(textFrame(text));
}

const isUpgrade = ({ profile }: PreparedRequest) => profile.headers.some(([name]) => name.toLowerCase() === 'upgrade');
