/** How far counts of ours and those of a provider were apart the last time, by provider and model. */
export class Calibration {
  readonly #ratios = new Map<string, number>();

  /** What an estimate is multiplied with, so that it errs on the high side. */
  factor(provider: string, model: string): number {
    const ratio = this.#ratios.get(`${provider}/${model}`) ?? 1;
    return Math.min(most, Math.max(least, ratio * margin));
  }

  /** @param reported what the provider counted for the request that was estimated */
  learn(provider: string, model: string, estimated: number, reported: number): void {
    if (estimated < worthLearning || reported <= 0) return;
    this.#ratios.set(`${provider}/${model}`, reported / estimated);
  }
}

/** Vocabularies differ; the one we count with is among the larger, so that it finds fewer tokens than most. */
const least = 1.1;
/** Above what a provider was seen to count: the next message may be of another kind. */
const margin = 1.05;
/** A provider that counts more than this is believed no further: it would leave no window at all. */
const most = 4;
/** What a provider adds to each request weighs too much in a small one. */
const worthLearning = 2_000;
