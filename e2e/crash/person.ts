import { setTimeout as delay } from 'node:timers/promises';
import type { ApprovalResource, List } from '@maestro/core/protocol';
import type { MaestroProcess } from '../support/maestro-process.js';
import { Random } from '../support/random.js';

type Decision = 'allow' | 'deny';

/** Answers what agents ask, after a while and always in the same way, so that kills meet open requests. */
export class Person {
  /** What was said, or tried to be said while the server died, by id of the request. */
  readonly said = new Map<string, Decision>();
  readonly #random: Random;
  /** When each is to be answered, by the clock of this process. */
  readonly #due = new Map<string, number>();
  #isOver = false;
  #running: Promise<void> = Promise.resolve();

  constructor(
    private readonly server: () => MaestroProcess,
    seed: number,
  ) {
    this.#random = new Random(seed);
  }

  start(): void {
    this.#running = this.#answer();
  }

  async finish(): Promise<void> {
    this.#isOver = true;
    await this.#running;
  }

  async #answer(): Promise<void> {
    while (!this.#isOver) {
      try {
        const open = await this.server().must<List<ApprovalResource>>('GET', '/approvals?state=open&limit=200');
        for (const request of open.items) if (this.#isDue(request)) await this.#say(request);
      } catch {
        // The server is down; that is the point.
      }
      await delay(60);
    }
  }

  #isDue({ id }: ApprovalResource): boolean {
    const due = this.#due.get(id) ?? Date.now() + this.#random.between(200, 1_400);
    this.#due.set(id, due);
    return Date.now() >= due;
  }

  async #say({ id, kind }: ApprovalResource): Promise<void> {
    const decision = this.said.get(id) ?? (this.#random.next() < 0.7 ? 'allow' : 'deny');
    this.said.set(id, decision);
    const answer = kind === 'question' && decision === 'allow' ? { answer: { q1: 'as you like' } } : {};
    await this.server().must('POST', `/approvals/${id}`, { decision, ...answer });
  }
}
