// SPDX-License-Identifier: Apache-2.0
/** The SenML profile: what is kept as written, what is refused and with which code, and that nothing else can happen. */
import { fc, test } from '@fast-check/vitest';
import { describe, expect, it } from 'vitest';
import { formatDecimal } from '../decimal.ts';
import { DeviceError } from '../errors.ts';
import { ABSENT_REASONS, FLAG, type Measurement } from '../reading.ts';
import { VITALS } from '../vitals.ts';
import { decodeSenml, SENML_LIMIT_BYTES, type SenmlContent } from './senml.ts';
import { encodeSenml } from './senml-encode.ts';

const SESSION = '00112233445566aa';
const first = (rest: string) => `{"bn":"${SESSION}:",${rest}}`;
const HR = '"n":"heartRate","u":"/min"';
const utf8 = (text: string) => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function read(bytes: Uint8Array): SenmlContent {
  const result = decodeSenml(bytes);
  if (!result.ok) throw result.error;
  return result.value;
}

function decode(text: string): Measurement[] {
  return read(utf8(text)).measurements;
}

function codeOf(text: string | Uint8Array): string {
  const result = decodeSenml(typeof text === 'string' ? utf8(text) : text);
  return result.ok ? 'ok' : result.error.code;
}

describe('decodeSenml', () => {
  it('keeps decimals, session, sequence, time and the record as received', () => {
    const record = '{"n":"temperature","u":"Cel","v":36.60,"seq_":8,"t":0.25}';
    const [hr, temp] = decode(`[${first(`"bt":1763715600,${HR},"v":72,"seq_":7`)},\n ${record}]`);
    expect(hr).toMatchObject({ vital: 'heartRate', value: { mantissa: 72, exponent: 0 }, mdc: 147842, flags: 0 });
    expect(temp).toMatchObject({ value: { mantissa: 3660, exponent: -2 }, unit: 'Cel', session: SESSION, sequence: 8 });
    expect([hr?.deviceTimeMs, temp?.deviceTimeMs]).toStrictEqual([1763715600000, 1763715600250]);
    expect(temp && textOf(temp.raw)).toBe(record);
  });

  it('has no device time when the device sends none', () => {
    expect(decode(`[${first(`${HR},"v":72,"seq_":0`)}]`)[0]).not.toHaveProperty('deviceTimeMs');
  });

  it.each(ABSENT_REASONS)('reads the absent reason %s', (reason) => {
    const [reading] = decode(`[${first(`${HR},"vs":"${reason}","seq_":0`)}]`);
    expect(reading?.absent).toBe(reason);
    expect(reading).not.toHaveProperty('value');
  });

  it.each(['heartRate', 'pulseRate', 'spo2', 'respiratoryRate'])('never gives a 0 of %s as a number', (vital) => {
    const unit = VITALS[vital]?.unit;
    for (const zero of ['0', '0.0']) {
      const [reading] = decode(`[${first(`"n":"${vital}","u":"${unit}","v":${zero},"seq_":0`)}]`);
      expect(reading?.absent).toBe('no-signal');
      expect(reading).not.toHaveProperty('value');
    }
  });

  it('keeps a number no sensor can have, flagged', () => {
    const flags = (vital: string, unit: string, v: string) =>
      decode(`[${first(`"n":"${vital}","u":"${unit}","v":${v},"seq_":0`)}]`)[0]?.flags;
    expect(flags('bpSystolic', 'mm[Hg]', '0')).toBe(FLAG.sensorInvalid);
    expect(flags('temperature', 'Cel', '0')).toBe(FLAG.sensorInvalid);
    expect(flags('temperature', '[degF]', '98.6')).toBe(0);
    expect(flags('spo2', '%', '100')).toBe(0);
  });

  it.each(Object.values(VITALS).filter(({ sensorValid }) => sensorValid))(
    'flags $key beyond its sensor only',
    (vital) => {
      const { min, max } = vital.sensorValid!;
      const flags = (v: number) =>
        decode(`[${first(`"n":"${vital.key}","u":"${vital.unit}","v":${v.toFixed(1)},"seq_":0`)}]`)[0]?.flags;
      expect([flags(max), flags(max + 0.1)]).toStrictEqual([0, FLAG.sensorInvalid]);
      expect([flags(min), flags(min - 0.1)]).toStrictEqual([0, FLAG.sensorInvalid]);
    },
  );

  it('takes times from 2^28 s to the end of the year 9999, also as a sum', () => {
    const timed = (base: string, own: string) => codeOf(`[${first(`"bt":${base},${HR},"v":72,"seq_":0,"t":${own}`)}]`);
    expect([timed('268435456', '0'), timed('268435455', '0'), timed('268435455', '1')]).toStrictEqual([
      ...['ok', 'SENML_TIME', 'ok'],
    ]);
    expect([timed('253402300799', '0'), timed('253402300799', '1'), timed('253402300799', '0.001')]).toStrictEqual([
      ...['ok', 'SENML_TIME', 'SENML_TIME'],
    ]);
    expect(timed('-253402300800', '253402300799')).toBe('SENML_TIME');
  });

  const good = `${HR},"v":72,"seq_":0`;
  it.each([
    ['SENML_SHAPE', ''],
    ['SENML_SHAPE', `[${first(good)}`],
    ['SENML_JSON', `[${first(good)},]`],
    ['SENML_JSON', `[${first(good)}]]`],
    ['SENML_JSON', `[${first(`${HR},"v":072,"seq_":0`)}]`],
    ['SENML_JSON', `[${first(`${HR},"v":NaN,"seq_":0`)}]`],
    ['SENML_SHAPE', '{}'],
    ['SENML_SHAPE', '[]'],
    ['SENML_SHAPE', '[1]'],
    ['SENML_SHAPE', '[null]'],
    ['SENML_SHAPE', `[${first(good)},3]`],
    ['SENML_SHAPE', `[${first(`${good},"x":{}`)}]`],
    ['SENML_SHAPE', '['.repeat(4000)],
    ['SENML_SHAPE', `[${first(`${HR},"v":72,"v":73,"seq_":0`)}]`],
    ['SENML_SHAPE', `[${first(`${HR},"v":72,"\\u0076":73,"seq_":0`)}]`],
    ['SENML_BASE_NAME', `[{${good}}]`],
    ['SENML_BASE_NAME', `[{"bn":"${SESSION}",${good}}]`],
    ['SENML_BASE_NAME', `[{"bn":"${SESSION.toUpperCase()}:",${good}}]`],
    ['SENML_FIELD', `[${first(`${good},"bu":"/min"`)}]`],
    ['SENML_FIELD', `[${first(`${good},"bver":10`)}]`],
    ['SENML_FIELD', `[${first(`${good},"other_":1`)}]`],
    ['SENML_FIELD', `[${first(`${good},"vb":true`)}]`],
    ['SENML_FIELD', `[${first(`${good},"__proto__":1`)}]`],
    ['SENML_FIELD', `[${first(good)},{"bt":1763715600,${HR},"v":72,"seq_":1}]`],
    ['SENML_VITAL', `[${first('"n":"toString","u":"/min","v":72,"seq_":0')}]`],
    ['SENML_VITAL', `[${first('"u":"/min","v":72,"seq_":0')}]`],
    ['SENML_UNIT', `[${first('"n":"heartRate","u":"1/min","v":72,"seq_":0')}]`],
    ['SENML_UNIT', `[${first('"n":"temperature","v":36.6,"seq_":0')}]`],
    ['SENML_VALUE', `[${first(`${HR},"seq_":0`)}]`],
    ['SENML_VALUE', `[${first(`${HR},"v":72,"vs":"unknown","seq_":0`)}]`],
    ['SENML_VALUE', `[${first(`${HR},"vs":"off","seq_":0`)}]`],
    ['SENML_VALUE', `[${first(`${HR},"v":"72","seq_":0`)}]`],
    ['SENML_VALUE', `[${first(`${HR},"v":null,"seq_":0`)}]`],
    ['SENML_VALUE', `[${first(`${HR},"v":7.2e1,"seq_":0`)}]`],
    ['SENML_VALUE', `[${first(`${HR},"v":1e999,"seq_":0`)}]`],
    ['SENML_VALUE', `[${first(`${HR},"v":-0,"seq_":0`)}]`],
    ['SENML_VALUE', `[${first(`${HR},"v":72.00000000000001,"seq_":0`)}]`],
    ['SENML_SEQUENCE', `[${first(`${HR},"v":72`)}]`],
    ['SENML_SEQUENCE', `[${first(`${HR},"v":72,"seq_":1.0`)}]`],
    ['SENML_SEQUENCE', `[${first(`${HR},"v":72,"seq_":-1`)}]`],
    ['SENML_SEQUENCE', `[${first(good)},{${HR},"v":72,"seq_":2}]`],
    ['SENML_SEQUENCE', `[${first(good)},{${HR},"v":72,"seq_":0}]`],
    ['SENML_TIME', `[${first(`${good},"t":-5`)}]`],
    ['SENML_TIME', `[${first(`${good},"t":"now"`)}]`],
    ['SENML_TIME', `[${first(`${good},"t":1e999`)}]`],
    ['SENML_TIME', `[${first(`${good},"t":253402300800`)}]`],
  ])('refuses with %s: %s', (code, text) => expect(codeOf(text)).toBe(code));

  it('is open to the message that the refused ones are made from', () => expect(codeOf(`[${first(good)}]`)).toBe('ok'));

  it('refuses bytes that are not UTF-8, and a byte order mark', () => {
    expect(codeOf(Uint8Array.of(0x5b, 0x22, 0xff, 0x22, 0x5d))).toBe('SENML_JSON');
    expect(codeOf(`\uFEFF[${first(good)}]`)).toBe('SENML_JSON');
  });

  it('takes 64 records and 8 KiB, and no more', () => {
    const records = (count: number) =>
      Array.from({ length: count }, (_, i) => `{${i === 0 ? `"bn":"${SESSION}:",` : ''}${HR},"v":72,"seq_":${i}}`);
    expect(decode(`[${records(64).join(',')}]`)).toHaveLength(64);
    expect(codeOf(`[${records(65).join(',')}]`)).toBe('SENML_TOO_LARGE');
    const message = `[${first(good)}]`;
    expect(codeOf(message.padEnd(SENML_LIMIT_BYTES))).toBe('ok');
    expect(codeOf(message.padEnd(SENML_LIMIT_BYTES + 1))).toBe('SENML_TOO_LARGE');
  });

  it('says nothing of a value in its errors', () => {
    const result = decodeSenml(utf8(`[${first('"n":"heartRate","u":"secret","v":7777,"seq_":0')}]`));
    expect(result.ok ? '' : result.error.message).not.toMatch(/7777|secret/);
  });
});

describe('the record of the battery', () => {
  const reading = first(`${HR},"v":72,"seq_":7`);
  const battery = (level: string) => `{"n":"battery","u":"%EL","v":${level}}`;

  it('is the device’s and no measurement, and moves no sequence', () => {
    const { measurements, batteryPercent } = read(utf8(`[${reading},{${HR},"v":73,"seq_":8},${battery('15.5')}]`));
    expect(measurements.map(({ vital, sequence }) => [vital, sequence])).toEqual([
      ['heartRate', 7],
      ['heartRate', 8],
    ]);
    expect(batteryPercent).toBe(15.5);
    expect(read(utf8(`[${reading}]`))).not.toHaveProperty('batteryPercent');
  });

  it.each(['0', '100'])('may say %s', (level) => {
    expect(read(utf8(`[${reading},${battery(level)}]`)).batteryPercent).toBe(Number(level));
  });

  it.each([
    ['SENML_VITAL', `[${first('"n":"battery","u":"%EL","v":80')}]`, 'stands alone'],
    ['SENML_VITAL', `[${reading},${battery('80')},{${HR},"v":73,"seq_":8}]`, 'stands before a reading'],
    ['SENML_VITAL', `[${reading},${battery('80')},${battery('80')}]`, 'stands twice'],
    ['SENML_FIELD', `[${reading},{"n":"battery","u":"%EL","v":80,"seq_":8}]`, 'has a sequence'],
    ['SENML_FIELD', `[${reading},{"n":"battery","u":"%EL","vs":"unknown"}]`, 'has a reason'],
    ['SENML_UNIT', `[${reading},{"n":"battery","u":"%","v":80}]`, 'has another unit'],
    ['SENML_VALUE', `[${reading},{"n":"battery","u":"%EL"}]`, 'has no value'],
    ['SENML_VALUE', `[${reading},${battery('"80"')}]`, 'has a text'],
    ['SENML_VALUE', `[${reading},${battery('-1')}]`, 'is below empty'],
    ['SENML_VALUE', `[${reading},${battery('100.1')}]`, 'is more than full'],
    ['SENML_SHAPE', `[${reading},{"n":"battery","u":"%EL","v":80,"v":81}]`, 'says two levels'],
  ])('makes the whole message %s: %s (%s)', (code, text) => expect(codeOf(text)).toBe(code));
});

const decimal = fc.record({ mantissa: fc.integer({ min: 1, max: 99_999 }), exponent: fc.integer({ min: -4, max: 0 }) });
const record = fc
  .tuple(fc.constantFrom(...Object.values(VITALS)), fc.option(decimal), fc.constantFrom(...ABSENT_REASONS))
  .map(([vital, value, absent]) => ({ vital: vital.key, unit: vital.unit, ...(value ? { value } : { absent }) }));
const message = fc
  .record({
    session: fc.stringMatching(/^[0-9a-f]{16}$/),
    firstSequence: fc.nat(),
    timeMs: fc.integer({ min: 2 ** 28 * 1000, max: 4e12 }),
    records: fc.array(record, { minLength: 1, maxLength: 50 }),
    battery: fc.option(fc.integer({ min: 0, max: 100 })),
  })
  .map(({ battery, ...sent }) => (battery === null ? sent : { ...sent, batteryPercent: battery }));

test.prop([message])('gives back what encodeSenml was given', (sent) => {
  const { measurements: got, ...rest } = read(encodeSenml(sent));
  expect(rest).toStrictEqual('batteryPercent' in sent ? { batteryPercent: sent.batteryPercent } : {});
  expect(got).toHaveLength(sent.records.length);
  got.forEach((reading, i) => {
    const { vital, unit, ...content } = sent.records[i] ?? { vital: '', unit: '' };
    expect(reading).toMatchObject({
      vital,
      unit,
      ...content,
      sequence: sent.firstSequence + i,
      deviceTimeMs: sent.timeMs,
    });
    if (reading.value) expect(textOf(reading.raw)).toContain(`"v":${formatDecimal(reading.value)},`);
  });
});

test.prop([fc.oneof(fc.uint8Array({ maxLength: 300 }), fc.json().map(utf8))])(
  'gives measurements or our own error for any bytes',
  (bytes) => {
    const result = decodeSenml(bytes);
    if (!result.ok) expect(result.error).toBeInstanceOf(DeviceError);
  },
);

test.prop([message, fc.nat(), fc.nat(255)])('survives any flipped byte', (sent, position, byte) => {
  const bytes = encodeSenml(sent);
  bytes[position % bytes.length] = byte;
  const result = decodeSenml(bytes);
  if (!result.ok) expect(result.error).toBeInstanceOf(DeviceError);
});
