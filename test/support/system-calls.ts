// SPDX-License-Identifier: Apache-2.0
/**
 * Reads what strace wrote of a gateway (`-f -y -v -s 65535`, writes and syncs) and finds acknowledgements that came too early: a PUBACK
 * on a socket while something written to the journal's WAL was not yet followed by a completed sync. Pure.
 *
 * Whoever asks must send in rounds, each after the last was acknowledged: else the WAL is rightly busy with the next group.
 */

export interface SyncFindings {
  readonly pubacks: number;
  /** PUBACKs while the WAL held what no completed sync covered. */
  readonly early: number;
  /** Completed syncs that made something durable and were followed by PUBACKs. */
  readonly groups: number;
}

const WAL = '/journal.db-wal>';
const BEGUN = /^(\d+) +(\w+)\((.*)$/s;
const RESUMED = /^(\d+) +<\.\.\. (\w+) resumed>(.*)$/s;
const RESULT = /= (-?\d+)[^=]*$/;
const STRING = /"((?:[^"\\]|\\.)*)"/g;
const ESCAPE = /\\(?:([0-7]{1,3})|(.))|[^\\]/gs;
const LETTERS: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, v: 11, f: 12 };
/** MQTT 3.1.1 3.4: PUBACK is 0x40, remaining length 2, and the packet identifier. */
const PUBACK = { type: 0x40, length: 2, bytes: 4 };

export function findEarlyPubacks(trace: string): SyncFindings {
  const wal = new Wal();
  let [pubacks, early, groups] = [0, 0, 0];
  for (const line of trace.split('\n')) {
    const resumed = RESUMED.exec(line);
    if (resumed) {
      const [, thread = '', , rest = ''] = resumed;
      wal.ended(thread, resultOf(rest));
      continue;
    }
    const [, thread = '', call = '', rest = ''] = BEGUN.exec(line) ?? [];
    if (/^\d+<(socket|TCP)/.test(rest)) {
      const count = call === 'write' || call === 'writev' ? pubacksIn(rest) : 0;
      pubacks += count;
      if (count > 0 && wal.isDirty) early += count;
      if (count > 0 && wal.takeSynced()) groups += 1;
    } else if (rest.split(',', 1)[0]?.includes(WAL)) {
      wal.begun(thread, call);
      if (!rest.includes('<unfinished ...>')) wal.ended(thread, resultOf(rest));
    }
  }
  return { pubacks, early, groups };
}

/** What of the WAL is surely on the disk: a sync covers only writes that ended before it began. */
class Wal {
  isDirty = false;
  #synced = false;
  #writing = 0;
  readonly #underWay = new Map<string, { isSync: boolean; covers: boolean }>();

  begun(thread: string, call: string): void {
    const isSync = call === 'fsync' || call === 'fdatasync';
    if (!isSync) {
      this.isDirty = true;
      this.#writing += 1;
      for (const other of this.#underWay.values()) other.covers = false;
    }
    this.#underWay.set(thread, { isSync, covers: isSync && this.#writing === 0 });
  }

  ended(thread: string, result: number | undefined): void {
    const call = this.#underWay.get(thread);
    this.#underWay.delete(thread);
    if (call?.isSync === false) this.#writing -= 1;
    if (!call?.covers || result !== 0 || !this.isDirty) return;
    this.isDirty = false;
    this.#synced = true;
  }

  /** Whether something became durable since the last time somebody asked. */
  takeSynced(): boolean {
    const synced = this.#synced;
    this.#synced = false;
    return synced;
  }
}

function resultOf(rest: string): number | undefined {
  const result = RESULT.exec(rest)?.[1];
  return result === undefined ? undefined : Number(result);
}

/** PUBACKs that a write to a socket begins with. */
function pubacksIn(args: string): number {
  const bytes = [...args.matchAll(STRING)].flatMap(([, text = '']) => unescaped(text));
  let count = 0;
  for (let at = 0; bytes[at] === PUBACK.type && bytes[at + 1] === PUBACK.length; at += PUBACK.bytes) count += 1;
  return count;
}

function unescaped(text: string): number[] {
  return [...text.matchAll(ESCAPE)].map(([whole, octal, letter]) => {
    if (octal !== undefined) return Number.parseInt(octal, 8);
    return (letter !== undefined && LETTERS[letter]) || (letter ?? whole).charCodeAt(0);
  });
}
