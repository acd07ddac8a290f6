// SPDX-License-Identifier: Apache-2.0
/** Readings on their way to the board. After a pause it is told the newest of a vital only: the ones before it have arrived with that. */

interface Sent {
  readonly measuredMs: number;
  readonly sentMs: number;
}

export class Arrivals {
  /** From publish to board, as they came, in ms. */
  readonly latenciesMs: number[] = [];
  /** Those of them that the board never saw themselves. */
  overtaken = 0;
  /** By device and vital, the oldest first. */
  readonly #underway = new Map<string, Sent[]>();

  sent(device: string, vital: string, measuredMs: number, sentMs: number): void {
    const key = `${device}/${vital}`;
    const underway = this.#underway.get(key) ?? [];
    underway.push({ measuredMs, sentMs });
    this.#underway.set(key, underway);
  }

  /** The board shows this one. */
  arrived(device: string, vital: string, measuredMs: number, nowMs: number): void {
    const underway = this.#underway.get(`${device}/${vital}`) ?? [];
    while (underway[0] && underway[0].measuredMs <= measuredMs) {
      const { sentMs } = underway.shift()!;
      this.latenciesMs.push(nowMs - sentMs);
      if (underway[0] && underway[0].measuredMs <= measuredMs) this.overtaken += 1;
    }
  }

  /** Sent, and neither they nor newer ones have come. */
  get missing(): number {
    return [...this.#underway.values()].reduce((sum, { length }) => sum + length, 0);
  }
}
