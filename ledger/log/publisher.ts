// SPDX-License-Identifier: Apache-2.0
/** Publications one at a time. */

export class Publisher {
  readonly #publishNow: () => Promise<string>;
  #underWay: Promise<string> | undefined;
  #next: Promise<string> | undefined;

  /** `publishNow` publishes all that is sequenced when it is called, and gives the checkpoint. */
  constructor(publishNow: () => Promise<string>) {
    this.#publishNow = publishNow;
  }

  /** What is being published now. */
  get underWay(): Promise<string> | undefined {
    return this.#underWay;
  }

  /** Publishes; all who ask while a publication is under way share the one after it, whichever way the first one ends. */
  publish(): Promise<string> {
    if (this.#next !== undefined) return this.#next;
    if (this.#underWay === undefined) return this.#start();
    const start = () => this.#start();
    this.#next = this.#underWay.then(start, start);
    return this.#next;
  }

  #start(): Promise<string> {
    this.#next = undefined;
    this.#underWay = this.#publishNow().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }
}
