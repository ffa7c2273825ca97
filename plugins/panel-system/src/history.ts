import type { MachineFigures } from '@maestro/core';

type Point = [at: number, value: number];

/** What was seen of the last minutes, as lines of a chart in percent. */
export class History {
  readonly cpu: Point[] = [];
  readonly memory: Point[] = [];

  constructor(private readonly lengthMs: number) {}

  add({ at, cpu, memory }: MachineFigures): void {
    const time = Date.parse(at);
    if (cpu.share !== null) this.cpu.push([time, percent(cpu.share)]);
    this.memory.push([time, percent(1 - memory.free_bytes / memory.total_bytes)]);
    for (const line of [this.cpu, this.memory]) {
      while (line[0] && line[0][0] < time - this.lengthMs) line.shift();
    }
  }
}

/** With one digit, as it is drawn. */
export function percent(share: number): number {
  return Math.round(share * 1_000) / 10;
}
