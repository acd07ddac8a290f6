// SPDX-License-Identifier: Apache-2.0
/** I4 at InfluxDB: its files, every byte sent to it and its administrator tell no value, name or id, nor which epochs belong to one patient. */
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createWardClock } from '../devices/index.ts';
import { readJournalDatabase } from '../gateway/journal/journal-database.ts';
import { fromText91, toText91 } from '../gateway/series/text91.ts';
import { encodeReading } from '../ledger/index.ts';
import { dumpOf, type Planted, searchDump } from './support/dump-search.ts';
import { openRig, RIG_GATEWAY, type Rig } from './support/gateway-rig.ts';
import { type AdminPoint, adminPoints, joined, joinedByTime } from './support/influx-administrator.ts';
import { INFLUXD_MISSING, type Influxd, startInfluxd, tomlOf } from './support/influxd.ts';
import { type FoundReading, openRecord } from './support/record.ts';
import { type RecordingProxy, startRecordingProxy } from './support/recording-proxy.ts';
import { settled } from './support/settled.ts';

const NAME = 'Wilhelmine Planted-Testfrau';
const RUN = [61, 87, 142, 55, 103, 98, 77, 120, 64, 91];
const STAY = '3f9a6c17e2b80d54a1c7f03e9b5d2486';
const SESSION = 'fedcba9876543210';
const HANDLES = ['wear-planted', 'wear-other', 'wear-third'];
const EPOCHS = 3;
const EPOCH_MS = 60_000;
const PADDING = 128;
/** Ward time runs so fast that an epoch takes two seconds. */
const RATE = 30;

describe.skipIf(INFLUXD_MISSING)('what InfluxDB learns (needs influxd)', () => {
  let influxd: Influxd;
  let proxy: RecordingProxy;
  let rig: Rig;
  let sent: Buffer;
  let held: Buffer;
  let points: AdminPoint[];
  let patients: Map<string, string>;
  let all: FoundReading[];
  const planted: Planted = {
    texts: [NAME, 'Planted', ...HANDLES, SESSION, STAY, 'heartRate', `lamplight/v1/${RIG_GATEWAY}`],
    run: RUN,
  };

  beforeAll(async () => {
    influxd = await startInfluxd();
    proxy = await startRecordingProxy(influxd.port);
    rig = await openWard(proxy);
    await rig.stop();
    sent = proxy.sent();
    held = await everythingIn(influxd);
    points = await pointsOf(influxd);
    patients = patientsOf(rig);
    await using record = await openRecord(rig.directory);
    all = await record.everything();
  });
  afterAll(async () => {
    await rig?.[Symbol.asyncDispose]();
    await proxy?.[Symbol.asyncDispose]();
    await influxd?.[Symbol.asyncDispose]();
  });

  it('holds every reading', () => {
    expect(all.length).toBe(EPOCHS * HANDLES.reduce((sum, _, i) => sum + countOf(i), 0));
    expect(points.length).toBe(EPOCHS * HANDLES.length);
  });

  it('neither what it holds nor the bytes sent to it have a planted value, name or id in any encoding', () => {
    expect(sent.toString('latin1')).toContain('/write?');
    for (const dump of [sent, held]) {
      expect(dump.length).toBeGreaterThan(2000);
      expect(searchDump(withDecodedText(dump), planted)).toEqual([]);
    }
  });

  it('would be caught: the same readings unsealed, in the same place and form', async () => {
    const unsealed = Buffer.concat(all.map(({ reading }) => Buffer.from(encodeReading(reading))));
    const fields = `header="${STAY}",nonce="${RUN.join()}",ciphertext="${toText91(unsealed)}",signature=""`;
    await using control = await startInfluxd();
    await control.writeLines(`b,tag=${'00'.repeat(16)},epoch=0,device=${HANDLES[0]} ${fields} ${Date.now()}000000`);
    const found = searchDump(withDecodedText(await everythingIn(control)), planted).map(({ what }) => what);
    expect(found).toEqual(expect.arrayContaining([...HANDLES, SESSION, STAY, 'heartRate', 'run 61..91']));
  });

  it('its administrator joins no two epochs by tag or content; sizes come in steps', () => {
    expect(joined(points)).toEqual(new Set());
    const sizes = new Set(points.map(({ fields }) => fields['ciphertext']!.length % PADDING));
    expect(sizes.size).toBe(1);
  });

  it('nor by number and start of the epochs, for they are the same for everybody', () => {
    expect(joinedByTime(points, EPOCH_MS)).toEqual(new Set());
  });

  it('would join all epochs of a patient by the stay as a tag, by an id in a field, by counts and starts of their own', () => {
    const truth = new Set<string>();
    for (const [one, patient] of patients)
      for (const [other, same] of patients) if (patient === same && one < other) truth.add(`${one} ${other}`);
    expect(truth.size).toBe((HANDLES.length * EPOCHS * (EPOCHS - 1)) / 2);
    const patientOf = ({ tags }: AdminPoint) => patients.get(tags['tag']!)!;
    expect(joined(points.map((p) => ({ ...p, tags: { ...p.tags, stay: patientOf(p) } })))).toEqual(truth);
    const withId = (p: AdminPoint) => Buffer.concat([p.fields['header']!, Buffer.from(patientOf(p))]);
    expect(joined(points.map((p) => ({ ...p, fields: { ...p.fields, header: withId(p) } })))).toEqual(truth);
    // As if a stay's first epoch were 0, and began when the stay did. A slow machine passes over an epoch of the ward, so they are counted.
    const numbers = new Set(points.map(({ tags }) => Number(tags['epoch'])));
    const epochOf = ({ tags }: AdminPoint) => [...numbers].filter((number) => number < Number(tags['epoch'])).length;
    const own = points.map((p): AdminPoint => {
      const first = Math.min(...points.filter((other) => patientOf(other) === patientOf(p)).map(epochOf));
      const startMs = epochOf(p) * EPOCH_MS + patientOf(p).charCodeAt(8);
      return { ...p, tags: { ...p.tags, epoch: String(epochOf(p) - first) }, time: `${startMs}000000` };
    });
    const pairs = [...joinedByTime(own, EPOCH_MS)];
    expect(pairs.length).toBe(HANDLES.length * (EPOCHS - 1));
    expect(pairs.every((pair) => truth.has(pair))).toBe(true);
  });
});

/** Patients come one epoch after the other, and each sends another number of readings an epoch; the first is admitted under a name. */
async function openWard(proxy: RecordingProxy): Promise<Rig> {
  const originRealMs = Date.now();
  const clock = { rate: RATE, originRealMs, originWardMs: originRealMs };
  const toml = `${tomlOf(`http://127.0.0.1:${proxy.port}`)}\nrecord = { epochMs = ${EPOCH_MS}, batchMaxMs = 1000, paddingBytes = ${PADDING} }`;
  const rig = await openRig({ devices: Object.fromEntries(HANDLES.map((handle) => [handle, null])), clock, toml });
  const ward = createWardClock(clock);
  await rig.gateway.dataPath.change((state) => [
    ...state.admit('3', STAY, NAME, ward.wallMs()),
    ...state.link(HANDLES[0]!, STAY, ward.wallMs(), 'Nurse Planted', false),
  ]);
  const clients = await Promise.all(HANDLES.map((handle) => rig.connect(handle)));
  let batches = 0;
  for (let epoch = 0; epoch < EPOCHS + HANDLES.length - 1; epoch++) {
    await delay((EPOCH_MS - (ward.wallMs() % EPOCH_MS)) / RATE);
    const wardMs = ward.wallMs();
    for (const [i, client] of clients.entries()) {
      const own = epoch - i;
      if (own < 0 || own >= EPOCHS) continue;
      await client.publishAsync(topicOf(i), bodyOf(own * countOf(i), countOf(i), wardMs), { qos: 1 });
      batches += 1;
    }
    await settled('sealed', () => epochsOf(rig).reduce((sum, { next }) => sum + next, 0) === batches);
  }
  for (const client of clients) await client.endAsync();
  return rig;
}

function countOf(patient: number): number {
  return (patient + 1) * RUN.length;
}

function topicOf(patient: number): string {
  return `lamplight/v1/${RIG_GATEWAY}/${HANDLES[patient]}/senml`;
}

function bodyOf(first: number, count: number, wardMs: number): string {
  const records = Array.from({ length: count }, (_, i) => ({
    ...(i === 0 && { bn: `${SESSION}:` }),
    n: 'heartRate',
    u: '/min',
    v: RUN[i % RUN.length],
    seq_: first + i,
    t: (wardMs - 10 * (count - i)) / 1000,
  }));
  return JSON.stringify(records);
}

/** Its files as they lie on the disk, and what is in them as it answers: the files are compressed. */
async function everythingIn(influxd: Influxd): Promise<Buffer> {
  const answer = Buffer.from(JSON.stringify(await influxd.query('SELECT * FROM /.*/')));
  await influxd.flushed();
  // While it runs it may compact its files under the reader.
  await influxd.stop();
  const files = await dumpOf(...['data', 'wal', 'meta'].map((folder) => join(influxd.directory, folder)));
  await influxd.start();
  return Buffer.concat([files, answer]);
}

async function pointsOf(influxd: Influxd): Promise<AdminPoint[]> {
  const { columns, values } = await influxd.query('SELECT * FROM b');
  return adminPoints(columns, values, ['tag', 'epoch']);
}

function epochsOf({ directory }: Rig): { tag: string; stream: number; next: number }[] {
  const database = readJournalDatabase(join(directory, 'journal.db'));
  try {
    const rows = database.prepare('SELECT tag, stream, next FROM epoch').all();
    return rows.map(({ tag, stream, next }) => ({
      tag: Buffer.from(tag as Uint8Array).toString('hex'),
      stream: Number(stream),
      next: Number(next),
    }));
  } finally {
    database.close();
  }
}

/** What only the gateway knows: the patient of each stream tag. */
function patientsOf(rig: Rig): Map<string, string> {
  return new Map(epochsOf(rig).map(({ tag, stream }) => [tag, `patient-${stream}-0123456789`]));
}

/** With what every run of base64 in it says, read from each of the four places where it may begin, and every string of text91. */
function withDecodedText(dump: Buffer): Buffer {
  const strings = dump.toString('latin1').match(/(?<=")[!#-&(-[\]-~]{16,}(?=")/g) ?? [];
  const runs = dump.toString('latin1').match(/[A-Za-z0-9+/]{16,}/g) ?? [];
  return Buffer.concat([
    dump,
    ...runs.flatMap((run) => [0, 1, 2, 3].map((at) => Buffer.from(run.slice(at), 'base64'))),
    ...strings.map((text) => fromText91(text) ?? new Uint8Array()),
  ]);
}
