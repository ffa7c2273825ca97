import type { Dispose, Tools } from '../extension/registry.js';
import type { Logger } from '../log.js';
import type { ToolSwitches } from './tools.js';

/** Tools come and go in groups: a row for each may wait until the group is whole. */
const waitMs = 100;

/** Gives every tool that is ever loaded its row, so that a person can switch it. */
export class ToolSeeding {
  readonly #stop: Dispose;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly tools: Tools,
    private readonly switches: Pick<ToolSwitches, 'seed'>,
    private readonly log: Logger,
  ) {
    this.#stop = tools.onChange(() => {
      this.#timer ??= setTimeout(() => this.#later(), waitMs).unref();
    });
  }

  /** Enters all that are loaded now. */
  seed(): Promise<void> {
    return this.switches.seed(this.tools.all());
  }

  async close(): Promise<void> {
    await this.#stop();
    clearTimeout(this.#timer);
    await this.#running;
  }

  #later(): void {
    this.#timer = undefined;
    this.#running = this.#running
      .then(() => this.seed())
      .catch((cause: unknown) => this.log.warn('tools that were loaded have no switch yet', { cause }));
  }
}
