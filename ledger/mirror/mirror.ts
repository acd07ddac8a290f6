// SPDX-License-Identifier: Apache-2.0
/**
 * A mirror: keeps a copy of a log's tiles, entries and newest checkpoint. It stores nothing that does not lie under a checkpoint of the
 * log's key (and of the policy's witnesses), each of which extends the one before, and it never goes back.
 */
import { equalBytes } from '../codec/bytes.ts';
import { bytesToHex } from '../codec/hex.ts';
import { LedgerError } from '../errors.ts';
import { openCheckpoint } from '../log/checkpoint.ts';
import type { Files } from '../log/files.ts';
import { CHECKPOINT_FILE, encodeFormat, FORMAT_FILE, HEAD_FILE, readFormat } from '../log/format.ts';
import { edgeStart, type GrowingTree } from '../log/growing-tree.ts';
import { formatVerifierKey, parseNote } from '../log/note.ts';
import { commitTree, removeNarrowTiles, writeFullTiles } from '../log/publish.ts';
import { restoreTree, type SignedHead } from '../log/recover.ts';
import { TileReader } from '../log/tile-reader.ts';
import { CompactRange } from '../merkle/compact-range.ts';
import { planConsistency } from '../merkle/plan.ts';
import { verifyConsistency } from '../merkle/verify.ts';
import { newestOf, type ShownCheckpoint, shownCheckpoints, type Trust } from './checkpoints.ts';
import { MirrorError } from './errors.ts';
import { bundleEntries, provedEntries } from './proved-entries.ts';
import { type LogSource, tilesOf } from './source.ts';

export interface MirrorOptions extends Trust {
  readonly source: LogSource;
  /** The folder of the copy; one process writes it. */
  readonly files: Files;
}

/** `behind`: what the log shows is older than what is held, and part of it. */
export interface MirrorStep {
  readonly kind: 'grown' | 'same' | 'behind' | 'waiting';
  /** Entries held after the step. */
  readonly size: number;
}

/** Opens the copy, or makes an empty one. Throws LOG_FORMAT, LOG_KEY_DIFFERS or LOG_DAMAGED. */
export async function openMirror(options: MirrorOptions): Promise<Mirror> {
  const { files, key, crypto } = options;
  const owner = await readFormat(files, crypto.sha256);
  if (!owner) await files.writeAtomic(FORMAT_FILE, encodeFormat(key));
  else if (formatVerifierKey(owner) !== formatVerifierKey(key)) throw new LedgerError('LOG_KEY_DIFFERS', owner.name);
  const head = await heldHead(options);
  return new Mirror(options, head, await heldTree(options, head));
}

export class Mirror {
  readonly #options: MirrorOptions;
  #head: SignedHead;
  /** Of all that is proved and written, at the end of each step that of the head. */
  #tree: GrowingTree;
  readonly #counters = { steps: 0, entries: 0, behind: 0 };

  constructor(options: MirrorOptions, head: SignedHead, tree: GrowingTree) {
    this.#options = options;
    this.#head = head;
    this.#tree = tree;
  }

  /** Entries that are held. */
  get size(): number {
    return this.#head.size;
  }

  /** Named counters, for whoever watches the mirror. */
  counters(): Readonly<Record<string, number>> {
    return { ...this.#counters };
  }

  /**
   * Goes as far as the newest checkpoint that the log shows and the policy accepts. Throws MIRROR_UNREACHABLE, MIRROR_UNPROVED and
   * MIRROR_FORKED; whatever it throws, what was held is still held.
   */
  async step(): Promise<MirrorStep> {
    this.#counters.steps += 1;
    const shown = await shownCheckpoints(this.#options.source, this.#options);
    for (const checkpoint of shown) await this.#assertSameHistory(checkpoint);
    const newest = newestOf(shown.filter((one) => one.isAccepted));
    if (!newest) return { kind: 'waiting', size: this.size };
    if (newest.size > this.size) return this.#grow(newest);
    if (newest.size < this.size) {
      this.#counters.behind += 1;
      return { kind: 'behind', size: this.size };
    }
    await this.#keepCosignatures(newest);
    return { kind: 'same', size: this.size };
  }

  async #grow(target: ShownCheckpoint): Promise<MirrorStep> {
    const { source, files, crypto } = this.#options;
    const published = this.size;
    const tiles = tilesOf(source, crypto.sha256, target.size, target.size);
    const range = await new TileReader(files, crypto.sha256, () => published).range(published);
    const proving = {
      target,
      range,
      entries: [bundleEntries(source.name, tiles)],
      tiles: [tiles],
      sha256: crypto.sha256,
    };
    let written = published;
    try {
      for await (const { entries } of provedEntries(proving)) {
        for (const entry of entries) this.#tree.append(entry);
        if (this.#tree.size < target.size) written = await writeFullTiles(files, this.#tree, written);
      }
      await commitTree(files, target.note, this.#tree, { published, written }, (head) => {
        this.#head = { ...head, root: target.root };
      });
      await removeNarrowTiles(files, published, target.size);
    } catch (error) {
      await this.#assertNoFork(error, tiles, target);
      throw error;
    } finally {
      // What was proved before an error is on disk and will be found there; the tree goes on from the head.
      if (this.size === published) this.#tree = await heldTree(this.#options, this.#head);
    }
    this.#counters.entries += target.size - published;
    return { kind: 'grown', size: this.size };
  }

  /** Did the larger tree fail because it does not begin with ours? Its own tiles prove that, if they do. */
  async #assertNoFork(error: unknown, tiles: TileReader, target: ShownCheckpoint): Promise<void> {
    if (!(error instanceof MirrorError) || error.code !== 'MIRROR_UNPROVED' || this.size === 0) return;
    const { sha256 } = this.#options.crypto;
    const [proof, range] = await Promise.all([
      tiles.proof(planConsistency(this.size, target.size)),
      tiles.range(this.size),
    ]).catch((unread: unknown) => {
      if (unread instanceof LedgerError || unread instanceof MirrorError) return [];
      throw unread;
    });
    if (!proof || !range || equalBytes(range.root(), this.#head.root)) return;
    const claim = { from: this.size, to: target.size, fromRoot: range.root(), toRoot: target.root, proof };
    if (!verifyConsistency(sha256, claim)) return;
    await this.#keepEvidence(target);
    throw new MirrorError(
      'MIRROR_FORKED',
      `the tree of ${target.size} entries does not begin with the ${this.size} held`,
    );
  }

  /** A checkpoint under the log's key that neither extends nor precedes what is held is evidence, and kept. */
  async #assertSameHistory(shown: ShownCheckpoint): Promise<void> {
    const { files, crypto } = this.#options;
    if (shown.size > this.size) return;
    const range = await new TileReader(files, crypto.sha256, () => this.size).range(shown.size);
    if (equalBytes(range.root(), shown.root)) return;
    await this.#keepEvidence(shown);
    throw new MirrorError('MIRROR_FORKED', `another root at size ${shown.size}`);
  }

  async #keepEvidence({ size, root, note }: ShownCheckpoint): Promise<void> {
    const path = `evidence/${size}-${bytesToHex(root).slice(0, 16)}`;
    await this.#options.files.writeAtomic(path, new TextEncoder().encode(note));
  }

  async #keepCosignatures({ note }: ShownCheckpoint): Promise<void> {
    const { files } = this.#options;
    const held = this.#head.note;
    if (held === undefined || parseNote(note).signatures.length <= parseNote(held).signatures.length) return;
    const bytes = new TextEncoder().encode(note);
    await files.writeAtomic(HEAD_FILE, bytes);
    await files.writeAtomic(CHECKPOINT_FILE, bytes);
    this.#head = { ...this.#head, note };
  }
}

async function heldHead({ files, key, crypto }: MirrorOptions): Promise<SignedHead> {
  const bytes = await files.read(HEAD_FILE);
  if (!bytes) return { size: 0, note: undefined, root: new CompactRange(crypto.sha256).root() };
  await files.sync(HEAD_FILE);
  try {
    const note = new TextDecoder().decode(bytes);
    return { ...openCheckpoint(note, key, crypto), note };
  } catch (cause) {
    if (!(cause instanceof LedgerError)) throw cause;
    throw new LedgerError('LOG_DAMAGED', HEAD_FILE, { cause });
  }
}

async function heldTree({ files, crypto }: MirrorOptions, head: SignedHead): Promise<GrowingTree> {
  const tiles = new TileReader(files, crypto.sha256, () => head.size);
  const edge = edgeStart('entries', head.size);
  return restoreTree(files, head, edge < head.size ? await tiles.entriesFrom(edge) : [], crypto.sha256);
}
