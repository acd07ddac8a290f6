// SPDX-License-Identifier: Apache-2.0
/**
 * Steps 2 to 4 of the write order, beside the appends and one at a time: full tiles soon after they are full, the narrow ones with the
 * head. So a publication is short however much has come since the last one, and what is held in memory is little.
 */
import type { Files } from './files.ts';
import type { GrowingTree } from './growing-tree.ts';
import type { NoteSigner } from './note.ts';
import { type Head, publishTree, writeFullTiles } from './publish.ts';

export interface PublisherOptions {
  readonly files: Files;
  readonly signer: NoteSigner;
  /** Of what is sequenced; it grows between the steps. */
  readonly tree: GrowingTree;
  /** What is published already. */
  readonly head: Head;
  /** Full tiles are written whenever so many entries are new; with twice as many, which are held in memory, the appends wait. */
  readonly aheadEntries: number;
  /** Takes a durable step: rejects when it fails, and without taking it when one has failed before. */
  readonly step: <T>(task: () => Promise<T>) => Promise<T>;
}

export class Publisher {
  readonly #options: PublisherOptions;
  readonly counters = { publishes: 0, aheads: 0, heldForTiles: 0 };
  #head: Head;
  /** Size whose full tiles are on disk, at least that of the head. */
  #written: number;
  /** The last step that was asked for, and the full tiles among them. */
  #last: Promise<unknown> = Promise.resolve();
  #ahead: Promise<boolean> | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#head = options.head;
    this.#written = options.head.size;
  }

  get head(): Head {
    return this.#head;
  }

  get written(): number {
    return this.#written;
  }

  /** Signs and publishes all that is sequenced when its turn comes; gives the checkpoint. */
  publish(): Promise<string> {
    return this.#inTurn(async () => {
      const { files, signer, tree } = this.#options;
      if (this.#head.note !== undefined && tree.size === this.#head.size) return this.#head.note;
      this.counters.publishes += 1;
      const onDisk = { published: this.#head.size, written: this.#written };
      return publishTree(files, signer, tree, onDisk, (head) => {
        this.#head = head;
        this.#written = head.size;
      });
    });
  }

  /** For the appends, after each group: resolves at once as long as the disk keeps up with them. */
  async keepUp(): Promise<void> {
    const { tree, aheadEntries } = this.#options;
    if (tree.size - this.#written >= aheadEntries) void this.#writeAhead();
    for (; tree.size - this.#written >= 2 * aheadEntries; this.counters.heldForTiles += 1)
      if (!(await this.#writeAhead())) return;
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.#last;
  }

  /** False if it failed, which `step` has reported. */
  #writeAhead(): Promise<boolean> {
    const { files, tree } = this.#options;
    const writing = async () => {
      this.counters.aheads += 1;
      this.#written = await writeFullTiles(files, tree, this.#written);
    };
    const ended = (ok: boolean) => () => {
      this.#ahead = undefined;
      return ok;
    };
    this.#ahead ??= this.#inTurn(writing).then(ended(true), ended(false));
    return this.#ahead;
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#last.then(() => this.#options.step(task));
    // The next one waits for this one however it ends; the failure is its own caller's.
    this.#last = done.catch((error) => error);
    return done;
  }
}
