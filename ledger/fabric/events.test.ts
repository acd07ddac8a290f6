// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fc, test } from '@fast-check/vitest';
import { expect, it } from 'vitest';
import type { ContractEvent } from '../contract/answer.ts';
import { NOW_MS } from '../contract/testing/world.ts';
import { type EventPosition, EventStore } from './event-store.ts';
import { type EventSource, FabricEvents, type ReceivedEvent } from './events.ts';
import { openFabricDatabase } from './fabric-database.ts';
import { FastTime, thrown } from './testing/fake-port.ts';
import { encodeEvent } from './wire.ts';

const event = (n: number): ContractEvent => ({ type: 'logAccess', id: n.toString(16).padStart(32, '0') });
/** Three transactions a block. */
const positionOf = (n: number): EventPosition => ({ block: BigInt(Math.floor(n / 3)), txId: `tx${n}` });

/** A channel with `count` events, whose streams break after so many each; then it closes what reads it. */
class BreakingSource implements EventSource {
  readonly #received: readonly ReceivedEvent[];
  readonly #breaks: number[];
  #close: () => void = () => {};

  constructor(count: number, breaks: readonly number[]) {
    this.#received = Array.from({ length: count }, (_, n) => ({
      position: positionOf(n),
      payload: encodeEvent(event(n)),
    }));
    this.#breaks = [...breaks];
  }

  closes(events: FabricEvents): void {
    this.#close = () => events.stop();
  }

  async *eventsAfter(position: EventPosition | undefined): AsyncGenerator<ReceivedEvent> {
    const from = position ? this.#received.findIndex((one) => one.position.txId === position.txId) + 1 : 0;
    const length = this.#breaks.shift();
    // Every second stream begins its block anew, as a peer might.
    const again = length !== undefined && length % 2 === 1 && from > 0 ? 1 : 0;
    yield* this.#received.slice(from - again, length === undefined ? undefined : from + length);
    if (length !== undefined) throw thrown('GatewayError', 14, 'the stream is cut');
    this.#close();
  }
}

async function read(
  database: ReturnType<typeof openFabricDatabase>,
  source: BreakingSource,
  max: number,
): Promise<string[]> {
  const time = new FastTime(NOW_MS);
  const store = new EventStore(database);
  const events = new FabricEvents({ source, store, mspId: 'HospMSP', timers: time, random: () => 0 });
  source.closes(events);
  const seen: string[] = [];
  for await (const { event: one } of events.follow()) {
    if (seen.length === max) return seen;
    seen.push(one.id);
  }
  return seen;
}

async function withDatabase(use: (database: ReturnType<typeof openFabricDatabase>) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'lamplight-events-'));
  const database = openFabricDatabase(folder);
  try {
    await use(database);
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
}

const ids = (count: number) => Array.from({ length: count }, (_, n) => event(n).id);

test.prop([fc.nat(30), fc.array(fc.nat(7), { maxLength: 6 })], { numRuns: 40 })(
  'hands every event over once and in order, however often the stream breaks',
  async (count, breaks) => {
    await withDatabase(async (database) => {
      expect(await read(database, new BreakingSource(count, breaks), Number.POSITIVE_INFINITY)).toEqual(ids(count));
    });
  },
);

it('after a restart begins with the first event that was not dealt with', async () => {
  await withDatabase(async (database) => {
    const first = await read(database, new BreakingSource(10, []), 4);
    const second = await read(database, new BreakingSource(10, [2, 1]), Number.POSITIVE_INFINITY);
    expect([...first, ...second]).toEqual(ids(10));
  });
});

it('passes over a payload that nobody can read, and counts it', async () => {
  await withDatabase(async (database) => {
    const events: FabricEvents = new FabricEvents({
      source: {
        async *eventsAfter(position): AsyncGenerator<ReceivedEvent> {
          if (position) return events.stop();
          yield { position: positionOf(0), payload: Uint8Array.of(0xff) };
          yield { position: positionOf(1), payload: encodeEvent(event(1)) };
        },
      },
      store: new EventStore(database),
      mspId: 'HospMSP',
      timers: new FastTime(NOW_MS),
      random: () => 0,
    });
    const seen: string[] = [];
    for await (const { event: one } of events.follow()) seen.push(one.id);
    expect(seen).toEqual([event(1).id]);
    expect(events.counters()).toMatchObject({ unreadable: 1, handedOver: 1 });
  });
});

it('a bug is not taken for a lost connection', async () => {
  await withDatabase(async (database) => {
    const source: EventSource = {
      // biome-ignore lint/correctness/useYield: it fails before it has anything to yield
      async *eventsAfter() {
        throw new TypeError('a bug');
      },
    };
    const timers = new FastTime(NOW_MS);
    const events = new FabricEvents({
      source,
      store: new EventStore(database),
      mspId: 'HospMSP',
      timers,
      random: () => 0,
    });
    await expect(events.follow().next()).rejects.toThrow('a bug');
  });
});
