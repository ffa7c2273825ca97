import type { ModelMessage } from '../extension/provider.js';
import { type ContentPart, type Part, textOf } from '../protocol/messages.js';
import type { Asked, Estimator } from './pricing.js';

type Parts = ModelMessage['parts'];
type Said = Pick<ModelMessage, 'parts'>;

/** What was counted with one estimator. Parts do not change, and most of a request is the one before it. */
class Counted {
  readonly messages = new WeakMap<Parts, number>();
  /** By what stands around the messages; a few sessions ask in turn. */
  readonly fixed = new Map<string, number>();
}
const counted = new WeakMap<Estimator, Counted>();
const bounds = new WeakMap<Parts, number>();
const mostFixed = 16;

/** Estimates how many tokens requests come to that differ in their messages alone. */
export class RequestSize {
  readonly #around: string;
  readonly #counted: Counted;

  constructor(
    private readonly estimate: Estimator,
    private readonly asked: Pick<Asked, 'system' | 'tools'>,
    private readonly factor: number,
  ) {
    this.#around = `${JSON.stringify(asked.tools)}\n${asked.system}`;
    this.#counted = counted.get(estimate) ?? new Counted();
    counted.set(estimate, this.#counted);
  }

  /** What every one of them comes to, whatever was said. */
  get fixed(): number {
    return Math.ceil(this.#fixed() * this.factor);
  }

  of(messages: readonly Said[]): number {
    return Math.ceil(this.plain(messages) * this.factor);
  }

  /** Without what is added for safety. */
  plain(messages: readonly Said[]): number {
    return messages.reduce((sum, message) => sum + this.#of(message), this.#fixed());
  }

  /** Of one message, with what is added for safety. */
  ofOne(message: Said): number {
    return Math.ceil(this.#of(message) * this.factor);
  }

  /** What it cannot come to more than, known without counting: no token is shorter than a byte. */
  atMost(messages: readonly Said[]): number {
    const bytes = messages.reduce((sum, { parts }) => sum + boundOf(parts), Buffer.byteLength(this.#around));
    return Math.ceil(bytes * this.factor);
  }

  #fixed(): number {
    const { fixed } = this.#counted;
    const known = fixed.get(this.#around);
    if (known !== undefined) return known;
    const tokens = this.estimate.request({ ...this.asked, messages: [] }) + wideIn(this.asked.system);
    if (fixed.size >= mostFixed) fixed.clear();
    fixed.set(this.#around, tokens);
    return tokens;
  }

  #of({ parts }: Said): number {
    const known = this.#counted.messages.get(parts);
    if (known !== undefined) return known;
    const message: ModelMessage = { role: 'user', parts, provider: null, model: null };
    const said = parts.flatMap((part): readonly (Part | ContentPart)[] =>
      part.type === 'tool_result' ? part.content : [part],
    );
    const tokens = this.estimate.request({ system: '', tools: [], messages: [message] }) + wideIn(textOf(said));
    this.#counted.messages.set(parts, tokens);
    return tokens;
  }
}

/** What a picture may come to, whose bytes are not among the parts. */
const pictureTokens = 8_000;

function boundOf(parts: Parts): number {
  const known = bounds.get(parts);
  if (known !== undefined) return known;
  const json = JSON.stringify(parts);
  const pictures = json.split('"blob":').length - 1;
  const bound = Buffer.byteLength(json) + pictures * pictureTokens;
  bounds.set(parts, bound);
  return bound;
}

/** Greek, Cyrillic and all scripts after them, without the punctuation, arrows and boxes in between. */
const wide = /[\u0370-\u1fff\u2c00-\ufffd]/g;
const perWide = 0.6;

/**
 * Smaller vocabularies than the one we count with spell words of these scripts out, letter by letter: what that comes
 * to on top.
 */
function wideIn(text: string): number {
  return (text.match(wide)?.length ?? 0) * perWide;
}
