// SPDX-License-Identifier: Apache-2.0
/** Files in memory that fail on demand: each changing step can fail, fail after it was done, die before its sync, or lose power part way. */
import { concatBytes } from '../../codec/bytes.ts';
import type { Files, NewFile } from '../files.ts';

export type Fault =
  /** The step rejects and nothing was written. */
  | 'fails'
  /** The step rejects and everything was written, durably. */
  | 'fails-but-persisted'
  /** The process is killed after the write and before the sync: later readers see it, a power cut loses it. */
  | 'killed-before-sync'
  /** Power goes after so many bytes: a torn append, or a left-over temporary file. */
  | { readonly powerCutAfterBytes: number };

export interface FaultyOptions {
  /** Goes on with the disk of another run. */
  readonly disk?: FaultyFiles;
  /** Which changing step fails, counted from 0, and how. */
  readonly faultAt?: number;
  readonly fault?: Fault;
  /** Steps (`operation path`) that say done before they are durable: the disk that a test must be able to catch. */
  readonly lies?: (step: string) => boolean;
}

export class FaultyFiles implements Files {
  /** What a reader sees, and what a power cut leaves. */
  readonly #visible: Map<string, Uint8Array>;
  readonly #durable: Map<string, Uint8Array>;
  readonly #faultAt: number;
  readonly #fault: Fault | undefined;
  readonly #lies: (step: string) => boolean;
  #dead = false;
  /** Each changing step so far, as `operation path`. */
  readonly steps: string[] = [];

  constructor(options: FaultyOptions = {}) {
    this.#visible = new Map(options.disk ? options.disk.#visible : []);
    this.#durable = new Map(options.disk ? options.disk.#durable : []);
    this.#faultAt = options.faultAt ?? -1;
    this.#fault = options.fault;
    this.#lies = options.lies ?? (() => false);
  }

  /** The machine loses power: what was not synced is gone. */
  powerCut(): FaultyFiles {
    const next = new FaultyFiles({ disk: this });
    next.#visible.clear();
    for (const [path, bytes] of this.#durable) next.#visible.set(path, bytes);
    return next;
  }

  /** Another hand changes a file. */
  tamper(path: string, change: (bytes: Uint8Array) => Uint8Array | undefined): void {
    const bytes = change(Uint8Array.from(this.#visible.get(path)!));
    for (const disk of [this.#visible, this.#durable]) bytes ? disk.set(path, bytes) : disk.delete(path);
  }

  paths(): string[] {
    return [...this.#visible.keys()].sort();
  }

  async read(path: string): Promise<Uint8Array | undefined> {
    this.#assertAlive();
    return this.#visible.get(path);
  }

  async list(folder: string): Promise<readonly string[]> {
    this.#assertAlive();
    const below = this.paths().filter((path) => path.startsWith(`${folder}/`));
    return [...new Set(below.map((path) => path.slice(folder.length + 1).split('/')[0]!))];
  }

  async append(path: string, bytes: Uint8Array): Promise<void> {
    const old = this.#visible.get(path);
    if (!old) throw new Error(`no file ${path}`);
    const torn = (n: number): void => this.#put(path, concatBytes(old, bytes.subarray(0, n)), 'durable');
    this.#step('append', path, (how) => this.#put(path, concatBytes(old, bytes), how), torn);
  }

  async writeAtomic(path: string, bytes: Uint8Array): Promise<void> {
    const torn = (n: number): void => this.#put(`${path}.tmp`, bytes.subarray(0, n), 'durable');
    this.#step('writeAtomic', path, (how) => this.#put(path, Uint8Array.from(bytes), how), torn);
  }

  /** One after the other; the names stay in the cache until the folder is synced, and a power cut may then keep any of them. */
  async writeAll(news: readonly NewFile[]): Promise<void> {
    const pending = new Map<string, NewFile[]>();
    for (const { path, bytes } of news) {
      const folder = path.slice(0, path.lastIndexOf('/'));
      const named = pending.get(folder) ?? [];
      pending.set(folder, named);
      const torn = (n: number): void => this.#put(`${path}.tmp`, bytes.subarray(0, n), 'durable');
      const place = (how: 'durable' | 'visible'): void => {
        this.#put(path, Uint8Array.from(bytes), 'visible');
        if (how === 'durable') named.unshift({ path, bytes });
      };
      this.#step('writeAtomic', path, place, torn);
    }
    for (const [folder, named] of pending) {
      const keep = (n: number): void => {
        for (const { path, bytes } of named.slice(0, n)) this.#put(path, bytes, 'durable');
      };
      this.#step('syncFolder', folder, (how) => how === 'durable' && keep(named.length), keep);
    }
  }

  async truncate(path: string, length: number): Promise<void> {
    const bytes = this.#visible.get(path)!.slice(0, length);
    this.#step(
      'truncate',
      path,
      (how) => this.#put(path, bytes, how),
      () => undefined,
    );
  }

  async sync(path: string): Promise<void> {
    const bytes = this.#visible.get(path)!;
    this.#step(
      'sync',
      path,
      (how) => how === 'durable' && this.#durable.set(path, bytes),
      () => undefined,
    );
  }

  async remove(path: string): Promise<void> {
    const drop = (): void => {
      for (const disk of [this.#visible, this.#durable]) {
        for (const key of disk.keys()) if (key === path || key.startsWith(`${path}/`)) disk.delete(key);
      }
    };
    this.#step('remove', path, drop, () => undefined);
  }

  async close(): Promise<void> {
    this.steps.push('close');
  }

  #put(path: string, bytes: Uint8Array, how: 'durable' | 'visible'): void {
    this.#visible.set(path, bytes);
    if (how === 'durable') this.#durable.set(path, bytes);
  }

  #step(
    operation: string,
    path: string,
    apply: (how: 'durable' | 'visible') => void,
    tear: (bytes: number) => void,
  ): void {
    this.#assertAlive();
    const fault = this.steps.length === this.#faultAt ? this.#fault : undefined;
    this.steps.push(`${operation} ${path}`);
    const done = this.#lies(`${operation} ${path}`) ? 'visible' : 'durable';
    if (fault === undefined || fault === 'fails-but-persisted') apply(done);
    if (fault === undefined) return;
    if (fault === 'killed-before-sync') apply('visible');
    if (typeof fault === 'object') tear(fault.powerCutAfterBytes);
    this.#dead = fault === 'killed-before-sync' || typeof fault === 'object';
    throw new Error(`injected at ${operation} ${path}`);
  }

  #assertAlive(): void {
    if (this.#dead) throw new Error('the process is gone');
  }
}
