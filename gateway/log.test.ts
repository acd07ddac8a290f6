// SPDX-License-Identifier: Apache-2.0
/** No patient value, name or payload in a log line (I12): a full reading is pushed into every place of the interface. */
import { describe, expect, it } from 'vitest';
import { GatewayError } from './errors.ts';
import { createLog, type Log, type LogFields } from './log.ts';

const NAME = 'Ada Lovelace';
const PAYLOAD = '[{"bn":"00112233445566778:","n":"body-temperature","u":"Cel","v":36.60,"seq_":7}]';
const READING = {
  vital: 'body-temperature',
  value: { mantissa: 3660, exponent: -2 },
  text: '36.60',
  raw: Buffer.from(PAYLOAD),
  name: NAME,
};
/** The reading in the shapes a careless caller may hand in. */
const SHAPES: readonly unknown[] = [
  READING,
  [READING],
  JSON.stringify(READING),
  PAYLOAD,
  Buffer.from(PAYLOAD),
  Buffer.from(PAYLOAD).toString('base64'),
  NAME,
  '36.60',
  36.6,
  new Map([[NAME, '36.60']]),
  { toJSON: () => PAYLOAD },
  { toString: () => '36.60' },
  Object.assign(new Error(`bad value 36.60 of ${NAME}`), {
    code: '36.60',
    class: NAME,
    value: 36.6,
    cause: new Error(PAYLOAD),
  }),
  new GatewayError('CONFIG_INVALID', `36.60 of ${NAME}`),
];
const BASE64 = Buffer.from(PAYLOAD).toString('base64').slice(4, 40);
const SECRETS = ['36.6', '3660', 'Lovelace', 'Ada', 'body-temp', 'mantissa', BASE64];
const FIELDS = [
  'part',
  'reason',
  'device',
  'station',
  'stream',
  'code',
  'class',
  'signal',
  'address',
  'protection',
  'count',
  'bytes',
  'rows',
  'durationMs',
  'port',
  'pid',
  'exitCode',
  'percent',
  'size',
  'error',
  'value',
  'reading',
  'payload',
  'name',
  'msg',
  'err',
  'event',
  'time',
  'level',
  'toJSON',
  '__proto__',
  'constructor',
  NAME,
  '36.60',
];

function captured(use: (log: Log) => void): { text: string; redactions: number } {
  let text = '';
  let redactions = 0;
  const write = (line: string) => {
    text += line;
  };
  const onRedacted = () => {
    redactions += 1;
  };
  use(createLog({ write, nowMs: () => 0, level: 'debug', onRedacted }));
  return { text, redactions };
}

function pushEverywhere(log: Log): void {
  for (const shape of SHAPES) {
    for (const level of ['debug', 'info', 'warn', 'error'] as const) {
      for (const field of FIELDS) log[level]('value-refused', Object.fromEntries([[field, shape]]));
      log[level](shape as string);
      log[level]('value-refused', shape as LogFields);
    }
  }
}

describe('log', () => {
  it('never writes a patient value, name or payload, in whichever field, event or level it is handed in', () => {
    const { text, redactions } = captured(pushEverywhere);
    expect(text.split('\n').length).toBeGreaterThan(SHAPES.length * FIELDS.length);
    expect(SECRETS.filter((secret) => text.includes(secret))).toEqual([]);
    expect(redactions).toBeGreaterThan(1000);
  });

  it('would be caught by that search if it wrote what it is given', () => {
    let text = '';
    const careless = (event: string, fields?: LogFields) => {
      text += JSON.stringify({ event, fields: fields ?? null });
    };
    pushEverywhere({ debug: careless, info: careless, warn: careless, error: careless });
    const found = SECRETS.filter((secret) => text.includes(secret));
    expect(found).toEqual(SECRETS);
  });

  it('writes what may be written', () => {
    const { text } = captured((log) =>
      log.warn('link-lost', {
        device: 'oxi-7',
        code: 'SERIAL_GONE',
        count: 3,
        address: 'tcp://127.0.0.1:4001',
        reason: 'unplugged',
      }),
    );
    expect(JSON.parse(text)).toEqual({
      level: 'warn',
      time: '1970-01-01T00:00:00.000Z',
      device: 'oxi-7',
      code: 'SERIAL_GONE',
      count: 3,
      address: 'tcp://127.0.0.1:4001',
      reason: 'unplugged',
      event: 'link-lost',
    });
  });

  it('writes the code, class and kind of an error and not its words', () => {
    const { text } = captured((log) => log.error('config-bad', { error: new GatewayError('CONFIG_INVALID', 'wrad') }));
    expect(JSON.parse(text)).toMatchObject({ kind: 'GatewayError', code: 'CONFIG_INVALID', class: 'permanent' });
    expect(text).not.toContain('wrad');
  });

  it('says how many fields it held back', () => {
    const { text } = captured((log) => log.info('batch-closed', { count: 1.5, device: 'Ada' }));
    expect(JSON.parse(text)).toMatchObject({ event: 'batch-closed', redacted: 2 });
  });
});
