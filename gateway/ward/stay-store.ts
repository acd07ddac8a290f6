// SPDX-License-Identifier: Apache-2.0
/** Stays and device links on disk. A stay's key is sealed under the gateway's store key, a person's name too. */
import type { KeyObject } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { XAES_NONCE_BYTES, xaesKey, xaesOpen, xaesSeal } from '../../ledger/index.ts';
import type { Link, Stay, WardChange, WardState } from './ward-state.ts';

const STAY_KEY_BYTES = 32;

export class StayStore {
  readonly #database: DatabaseSync;
  readonly #storeKey: KeyObject;
  readonly #random: (length: number) => Uint8Array;

  constructor(database: DatabaseSync, storeKey: KeyObject, random: (length: number) => Uint8Array) {
    this.#database = database;
    this.#storeKey = storeKey;
    this.#random = random;
  }

  /** Writes changes inside the caller's transaction; nothing of the ward takes effect before its commit. */
  apply(changes: readonly WardChange[]): void {
    for (const change of changes) this.#applyOne(change);
  }

  load(): WardState {
    const stays = this.#database.prepare('SELECT * FROM stay').all();
    const links = this.#database.prepare('SELECT * FROM link ORDER BY id').all();
    return { stays: stays.map((row) => this.#stayOf(row)), links: links.map(linkOf) };
  }

  /** K_stay, which names the streams of a stay. */
  stayKey(stay: string): KeyObject {
    return xaesKey(this.stayKeyBytes(stay));
  }

  stayKeyBytes(stay: string): Uint8Array {
    const row = this.#database.prepare('SELECT sealed_key FROM stay WHERE id = ?').get(Buffer.from(stay, 'hex'));
    return this.#open(row?.['sealed_key'] as Uint8Array, `key/${stay}`);
  }

  hasCareWrap(stay: string): boolean {
    return (
      this.#database.prepare('SELECT care_wrap FROM stay WHERE id = ?').get(Buffer.from(stay, 'hex'))?.['care_wrap'] !=
      null
    );
  }

  /** The wrap of K_stay to the care team, inside the caller's transaction. */
  putCareWrap(stay: string, wrap: Uint8Array): void {
    this.#database.prepare('UPDATE stay SET care_wrap = ? WHERE id = ?').run(wrap, Buffer.from(stay, 'hex'));
  }

  #applyOne(change: WardChange): void {
    switch (change.type) {
      case 'open-stay': {
        const { id, bed, name, openedMs } = change.stay;
        const key = this.#seal(this.#random(STAY_KEY_BYTES), `key/${id}`);
        const sealedName = name === null ? null : this.#seal(Buffer.from(name), `name/${id}`);
        this.#database
          .prepare('INSERT INTO stay VALUES (?, ?, ?, NULL, ?, NULL, ?)')
          .run(Buffer.from(id, 'hex'), bed, Math.round(openedMs), key, sealedName);
        if (bed !== null) this.#putBed(id, bed, openedMs);
        break;
      }
      case 'move-stay':
        this.#database.prepare('UPDATE stay SET bed = ? WHERE id = ?').run(change.bed, Buffer.from(change.stay, 'hex'));
        this.#putBed(change.stay, change.bed, change.atMs);
        break;
      case 'close-stay':
        this.#database
          .prepare('UPDATE stay SET closed_ms = ? WHERE id = ?')
          .run(Math.round(change.atMs), Buffer.from(change.stay, 'hex'));
        break;
      case 'open-link': {
        const { id, device, stay, fromMs, by, why } = change.link;
        this.#database
          .prepare('INSERT INTO link VALUES (?, ?, ?, ?, NULL, ?, ?)')
          .run(id, device, Buffer.from(stay, 'hex'), Math.round(fromMs), by, why);
        break;
      }
      case 'close-link':
        this.#database.prepare('UPDATE link SET to_ms = ? WHERE id = ?').run(Math.round(change.atMs), change.link);
        break;
    }
  }

  /** Which beds a stay had, each from when on. */
  #putBed(stay: string, bed: string, fromMs: number): void {
    this.#database
      .prepare('INSERT INTO stay_bed VALUES (?, ?, ?)')
      .run(Buffer.from(stay, 'hex'), Math.round(fromMs), bed);
  }

  #stayOf(row: Record<string, unknown>): Stay {
    const id = Buffer.from(row['id'] as Uint8Array).toString('hex');
    const sealedName = row['sealed_name'] as Uint8Array | null;
    return {
      id,
      bed: row['bed'] as string | null,
      name: sealedName ? Buffer.from(this.#open(sealedName, `name/${id}`)).toString() : null,
      openedMs: Number(row['opened_ms']),
      closedMs: row['closed_ms'] === null ? null : Number(row['closed_ms']),
    };
  }

  #seal(secret: Uint8Array, purpose: string): Uint8Array {
    const nonce = this.#random(XAES_NONCE_BYTES);
    return Buffer.concat([nonce, xaesSeal(this.#storeKey, nonce, secret, aad(purpose))]);
  }

  #open(sealed: Uint8Array, purpose: string): Uint8Array {
    return xaesOpen(
      this.#storeKey,
      sealed.subarray(0, XAES_NONCE_BYTES),
      sealed.subarray(XAES_NONCE_BYTES),
      aad(purpose),
    );
  }
}

function aad(purpose: string): Uint8Array {
  return Buffer.from(`lamplight/stay/1/${purpose}`);
}

function linkOf(row: Record<string, unknown>): Link {
  return {
    id: Number(row['id']),
    device: String(row['device']),
    stay: Buffer.from(row['stay'] as Uint8Array).toString('hex'),
    fromMs: Number(row['from_ms']),
    toMs: row['to_ms'] === null ? null : Number(row['to_ms']),
    by: String(row['by']),
    why: String(row['why']),
  };
}
