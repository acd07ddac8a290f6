// SPDX-License-Identifier: Apache-2.0
/** `lamplight.toml`: one schema for validation, defaults and the reference page, and the last good copy that outlives a bad edit. */
import { readFile } from 'node:fs/promises';
import { parse, TomlError } from 'smol-toml';
import * as z from 'zod';
import { GatewayError } from './errors.ts';
import { bedSchema, handleSchema } from './messages.ts';
import { writePrivateFile } from './private-file.ts';

const MIB = 1024 * 1024;
const BATCH_BYTES_MAX = 256 * 1024;
const MINUTE_MS = 60_000;
const portSchema = z.number().int().min(0).max(65_535);
const hostSchema = z.string().min(1).max(253);
/** Bodies are plain until sessions are sealed, and metrics name devices' counts: neither leaves the machine. */
const loopbackSchema = z
  .string()
  .regex(/^(127(\.\d{1,3}){3}|::1|localhost)$/, 'must be a loopback address: 127.0.0.1, ::1 or localhost');
const ms = (fallback: number, min: number, max: number) => z.number().int().min(min).max(max).default(fallback);
const percent = (fallback: number) => z.number().int().min(1).max(99).default(fallback);
/** A table that may be left out: then every field takes its own default. */
const table = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape).prefault({} as never);

const serialDeviceSchema = z.strictObject({
  handle: handleSchema.describe('Handle of the device, as given by "lamplight devices add".'),
  url: z
    .string()
    .regex(/^(\/dev\/[\w/.-]+|tcp:\/\/[\w.:[\]-]+:\d{1,5})$/)
    .describe('Where it is: a tty such as /dev/ttyUSB0, or tcp://host:port of a serial server.'),
  model: z.enum(['nonin-df2']).describe('Which language it speaks.'),
});

export const configSchema = z
  .strictObject({
    gateway: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
      .default('gateway')
      .describe('Name of this gateway in topics and in the record.'),
    ward: z.string().trim().min(1).max(80).default('Ward').describe('Name of the ward, as the board shows it.'),
    beds: z
      .array(bedSchema)
      .min(1)
      .max(256)
      .refine((beds) => new Set(beds).size === beds.length, 'a bed is named twice')
      .default(['1', '2', '3', '4', '5', '6', '7', '8'])
      .describe('The beds, in the order of the board.'),
    broker: table({
      host: loopbackSchema
        .default('127.0.0.1')
        .describe('Address the MQTT broker listens on. Loopback until sessions are sealed.'),
      port: portSchema.default(1883).describe('Port of the MQTT broker; 0 takes any free one.'),
    }).describe('The embedded MQTT broker.'),
    station: table({
      host: hostSchema.default('127.0.0.1').describe('Address the nurse station listens on.'),
      port: portSchema.default(8080).describe('Port of the nurse station; 0 takes any free one.'),
    }).describe('The nurse station.'),
    operations: table({
      host: loopbackSchema
        .default('127.0.0.1')
        .describe('Address of /healthz, /metrics and the public log. Loopback only.'),
      port: portSchema.default(0).describe('Its port; 0 takes any free one and says it at the start.'),
    }).describe('What a technician and a monitoring system ask.'),
    serial: z.array(serialDeviceSchema).max(64).default([]).describe('Devices on serial lines.'),
    record: table({
      batchMaxMs: ms(5 * MINUTE_MS, 1000, 60 * MINUTE_MS).describe(
        'A batch closes at this age at the latest (ward ms).',
      ),
      batchMaxReadings: z.number().int().min(1).max(10_000).default(1000).describe('... or at this many readings.'),
      batchMaxBytes: z
        .number()
        .int()
        .min(4096)
        // Half of what a reader takes of one batch: the row that fills it and its padding come on top.
        .max(BATCH_BYTES_MAX)
        .default(49_152)
        .describe('... or at this many bytes before compression.'),
      epochMs: ms(86_400_000, MINUTE_MS, 7 * 86_400_000).describe('Every epoch of a stream has its own key (ward ms).'),
      paddingBytes: z
        .number()
        .int()
        .min(1)
        .max(65_536)
        .default(64)
        .describe('Sealed batches are padded to a multiple of this.'),
    }).describe('The sealed record.'),
    journal: table({
      groupMs: ms(25, 1, 1000).describe('Readings of this long are committed, and acknowledged, together.'),
      groupMaxMs: ms(50, 1, 1000).describe('Longest group when the disk is slow.'),
      reserveBytes: z
        .number()
        .int()
        .min(MIB)
        .max(1024 * MIB)
        .default(64 * MIB)
        .describe('Disk kept free for gap, access and alarm rows.'),
      waveformStopPercent: percent(85).describe('Above this disk use no waveforms are stored.'),
      refusePercent: percent(95).describe('Above this disk use no readings are stored or acknowledged.'),
    }).describe('The journal: what was acknowledged and is not sealed yet.'),
    log: table({
      checkpointIntervalMs: ms(1000, 100, MINUTE_MS).describe(
        'The log signs a checkpoint at most this often (real ms).',
      ),
      heartbeatMs: ms(15 * MINUTE_MS, MINUTE_MS, 86_400_000).describe(
        'The gateway says in the log that it lives (ward ms).',
      ),
    }).describe('The transparency log.'),
    ledger: table({
      backend: z
        .enum(['embedded', 'fabric'])
        .default('embedded')
        .describe('Where the contract lives: in the log of this gateway, or on a Hyperledger Fabric channel as well.'),
      organisation: z
        .string()
        .regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,63}$/)
        .optional()
        .describe("Name of the organisation in the contract (on Fabric its MSP id); the gateway's name if left out."),
      policyFile: z
        .string()
        .startsWith('/')
        .optional()
        .describe(
          'Path of the policy (C2SP tlog-policy): which witnesses, where, and how many of them make a head "anchored".',
        ),
      witness: z
        .array(
          z.strictObject({
            name: z
              .string()
              .regex(/^[^\s+]{1,64}$/)
              .describe('Name of the witness in the policy.'),
            url: z.url({ protocol: /^https?$/ }).describe('Where it is asked, instead of where the policy says.'),
          }),
        )
        .max(32)
        .default([])
        .describe('Witnesses that are asked elsewhere than the policy says.'),
      anchorIntervalMs: ms(MINUTE_MS, 100, 15 * MINUTE_MS).describe(
        'A new head is shown to the homes outside the box at most this often (real ms); after a revocation at once.',
      ),
      fabric: z
        .strictObject({
          connection: z.string().startsWith('/').describe('Path of the connection file, mode 0600.'),
          adminConnection: z
            .string()
            .startsWith('/')
            .optional()
            .describe("One under the administrator's certificate: needed until the gateway is registered there."),
        })
        .optional()
        .describe('How to reach the channel; goes with backend = "fabric".'),
    }).describe('The ledger: the contract, and who outside the box remembers the log.'),
    series: table({
      store: z
        .enum(['sqlite', 'influx'])
        .default('sqlite')
        .describe(
          'Where sealed batches are kept for reading back: a file beside the journal, or an InfluxDB (1.x API).',
        ),
      url: z
        .url({ protocol: /^https?$/ })
        .refine((url) => !/[?#@]/.test(url), 'must hold no user, password or query')
        .default('http://127.0.0.1:8086')
        .describe('Where that InfluxDB is.'),
      database: z
        .string()
        .regex(/^[a-z0-9][a-z0-9_-]{0,63}$/)
        .default('lamplight')
        .describe('Its database; "lamplight doctor --fix" makes it.'),
      username: z.string().min(1).max(64).optional().describe('Who signs in there; nobody does if it is left out.'),
      passwordFile: z
        .string()
        .startsWith('/')
        .optional()
        .describe('Path of a file with the password, mode 0600 and owned by the user who runs the gateway.'),
      retentionDays: z
        .number()
        .int()
        .min(0)
        .max(36_500)
        .default(0)
        .describe('Days until InfluxDB forgets sealed batches; 0 keeps them for ever.'),
    }).describe('The series store.'),
  })
  .refine((config) => config.journal.waveformStopPercent <= config.journal.refusePercent, {
    path: ['journal', 'waveformStopPercent'],
    message: 'must not be above refusePercent',
  })
  .refine((config) => (config.series.username === undefined) === (config.series.passwordFile === undefined), {
    path: ['series', 'passwordFile'],
    message: 'goes together with username',
  })
  .refine(({ ledger }) => (ledger.backend === 'fabric') === (ledger.fabric !== undefined), {
    path: ['ledger', 'fabric'],
    message: 'goes together with backend = "fabric"',
  })
  .refine(({ ledger }) => ledger.witness.length === 0 || ledger.policyFile !== undefined, {
    path: ['ledger', 'witness'],
    message: 'needs a policyFile',
  });

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;
export type Config = DeepReadonly<z.infer<typeof configSchema>>;

/** The organisation that the gateway speaks for in the ledger. */
export function organisationOf({ gateway, ledger }: Pick<Config, 'gateway' | 'ledger'>): string {
  return ledger.organisation ?? gateway;
}

/**
 * Parses the text of a `lamplight.toml`; the result is frozen. Throws GatewayError CONFIG_INVALID naming the path of what is wrong,
 * never its value.
 */
export function parseConfig(text: string): Config {
  let tree: unknown;
  try {
    tree = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    throw new GatewayError('CONFIG_INVALID', `line ${error.line}, column ${error.column}: not TOML`);
  }
  const parsed = configSchema.safeParse(tree);
  if (!parsed.success) throw new GatewayError('CONFIG_INVALID', parsed.error.issues.map(words).join('; '));
  return deepFreeze(parsed.data);
}

/**
 * Reads the configuration of a data directory; a missing file means defaults. A good file is kept as `<path>.good`; when the file
 * turns bad that copy is used and `warning` (CONFIG_LAST_GOOD) says what is wrong. Throws CONFIG_INVALID when there is no copy.
 */
export async function loadConfig(path: string): Promise<{ readonly config: Config; readonly warning?: GatewayError }> {
  const copy = `${path}.good`;
  const text = await readIfPresent(path);
  if (text === undefined) return { config: parseConfig('') };
  try {
    const config = parseConfig(text);
    if ((await readIfPresent(copy)) !== text) await writePrivateFile(copy, text);
    return { config };
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'CONFIG_INVALID') throw error;
    const good = await readIfPresent(copy);
    if (good === undefined) throw error;
    return { config: parseConfig(good), warning: new GatewayError('CONFIG_LAST_GOOD', error.message) };
  }
}

function words(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => `${[...issue.path, key].join('.')}: unknown setting`).join('; ');
  }
  return `${issue.path.join('.')}: ${issue.message}`;
}

function deepFreeze<T>(value: T): DeepReadonly<T> {
  if (typeof value === 'object' && value !== null) Object.values(value).forEach(deepFreeze);
  return Object.freeze(value) as DeepReadonly<T>;
}

async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
