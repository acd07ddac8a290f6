// SPDX-License-Identifier: Apache-2.0
/** Who may connect: one private JSON file of devices and stations. Secrets are 256-bit random, shown once and kept as SHA-256 only. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { stat } from 'node:fs/promises';
import * as z from 'zod';
import { GatewayError } from '../errors.ts';
import { handleSchema } from '../messages.ts';
import { readPrivateFile, writePrivateFile } from '../private-file.ts';

const SECRET_BYTES = 32;
const CREDENTIALS_MAX_ENTRIES = 10_000;
/** `station` stands in topics where a handle stands. */
const RESERVED_HANDLE = 'station';

const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);
const deviceSchema = z.strictObject({
  handle: handleSchema.refine((handle) => handle !== RESERVED_HANDLE),
  /** How it speaks: `senml` over MQTT, or the model of a serial device. */
  kind: z.string().regex(/^[a-z0-9-]{1,32}$/),
  /** What the technician calls it; not a patient. */
  label: z.string().max(80),
  /** Declared interval between readings in ward ms; null: episodic. */
  intervalMs: z.number().int().positive().nullable(),
  /** Where a serial device is: a tty or tcp://host:port. */
  url: z.string().max(253).optional(),
  /** Absent for a device that does not sign in. */
  secretHash: hashSchema.optional(),
});
const stationSchema = z.strictObject({ name: handleSchema, secretHash: hashSchema });
const fileSchema = z.strictObject({
  format: z.literal('lamplight-credentials'),
  version: z.literal(1),
  devices: z.array(deviceSchema).max(CREDENTIALS_MAX_ENTRIES),
  stations: z.array(stationSchema).max(CREDENTIALS_MAX_ENTRIES),
});
type File = z.infer<typeof fileSchema>;
export type DeviceEntry = Readonly<Omit<z.infer<typeof deviceSchema>, 'secretHash'>>;
export type Principal =
  | { readonly kind: 'device'; readonly handle: string }
  | { readonly kind: 'station'; readonly name: string };

/** Opens the file, or starts an empty one. Throws GatewayError CREDENTIALS_DAMAGED or PRIVATE_FILE_*. */
export async function openCredentials(path: string): Promise<Credentials> {
  const state = await stateOf(path);
  return new Credentials(path, await read(path), state);
}

export class Credentials {
  readonly #path: string;
  #file: File;
  /** By handle: looked up for every message. */
  #devices: ReadonlyMap<string, DeviceEntry>;
  /** What the file on disk looked like when it was last read. */
  #state: string;

  constructor(path: string, file: File, state: string) {
    this.#path = path;
    this.#file = file;
    this.#state = state;
    this.#devices = devicesOf(file);
  }

  /** Whose secret this is. Takes the same time for an unknown name as for a wrong secret. */
  verify(name: string, secret: Uint8Array): Principal | undefined {
    const device = this.#file.devices.find((entry) => entry.handle === name);
    const station = this.#file.stations.find((entry) => entry.name === name);
    const wanted = device?.secretHash ?? station?.secretHash;
    const given = createHash('sha256').update(secret).digest();
    const equal = timingSafeEqual(given, wanted === undefined ? Buffer.alloc(32) : Buffer.from(wanted, 'hex'));
    if (!equal || wanted === undefined) return undefined;
    return device ? { kind: 'device', handle: name } : { kind: 'station', name };
  }

  device(handle: string): DeviceEntry | undefined {
    return this.#devices.get(handle);
  }

  devices(): readonly DeviceEntry[] {
    return [...this.#devices.values()];
  }

  stations(): readonly string[] {
    return this.#file.stations.map((entry) => entry.name);
  }

  /**
   * Enrols a device. Returns its secret, which is kept nowhere; undefined for one that does not sign in (it has a `url`).
   * Throws GatewayError CREDENTIALS_NAME_TAKEN or CREDENTIALS_INVALID.
   */
  async addDevice(entry: DeviceEntry): Promise<string | undefined> {
    this.#refuseTaken(entry.handle);
    const secret = entry.url === undefined ? freshSecret() : undefined;
    const checked = deviceSchema.safeParse(secret === undefined ? entry : { ...entry, secretHash: hashOf(secret) });
    if (!checked.success) throw new GatewayError('CREDENTIALS_INVALID', checked.error.issues[0]?.path.join('.'));
    await this.#store({ ...this.#file, devices: [...this.#file.devices, checked.data] });
    return secret;
  }

  /** Enrols a station and returns its secret. Throws like `addDevice`. */
  async addStation(name: string): Promise<string> {
    this.#refuseTaken(name);
    const secret = freshSecret();
    const checked = stationSchema.safeParse({ name, secretHash: hashOf(secret) });
    if (!checked.success) throw new GatewayError('CREDENTIALS_INVALID', 'name');
    await this.#store({ ...this.#file, stations: [...this.#file.stations, checked.data] });
    return secret;
  }

  /** Gives a device or station a new secret; the old one is refused at its next connect. Throws CREDENTIALS_UNKNOWN. */
  async rotate(name: string): Promise<string> {
    const secret = freshSecret();
    const secretHash = hashOf(secret);
    const entries = [...this.#file.devices, ...this.#file.stations];
    const held = entries.some((entry) => nameOf(entry) === name && entry.secretHash !== undefined);
    if (!held) throw new GatewayError('CREDENTIALS_UNKNOWN', name);
    await this.#store({
      ...this.#file,
      devices: this.#file.devices.map((entry) => (entry.handle === name ? { ...entry, secretHash } : entry)),
      stations: this.#file.stations.map((entry) => (entry.name === name ? { ...entry, secretHash } : entry)),
    });
    return secret;
  }

  /** Removes a device or station. Throws CREDENTIALS_UNKNOWN. */
  async remove(name: string): Promise<void> {
    const devices = this.#file.devices.filter((entry) => entry.handle !== name);
    const stations = this.#file.stations.filter((entry) => entry.name !== name);
    const removed = this.#file.devices.length + this.#file.stations.length - devices.length - stations.length;
    if (removed === 0) throw new GatewayError('CREDENTIALS_UNKNOWN', name);
    await this.#store({ ...this.#file, devices, stations });
  }

  /**
   * Reads the file again if another process (`lamplight devices`) changed it. Gives the names that were removed or got another
   * secret, and must be cut; undefined if nothing changed. A file that cannot be used is complained of once: throws CREDENTIALS_DAMAGED.
   */
  async reload(): Promise<ReadonlySet<string> | undefined> {
    const state = await stateOf(this.#path);
    if (state === this.#state) return undefined;
    this.#state = state;
    const before = secretsOf(this.#file);
    this.#hold(await read(this.#path));
    const now = secretsOf(this.#file);
    return new Set([...before.keys()].filter((name) => before.get(name) !== now.get(name)));
  }

  #refuseTaken(name: string): void {
    const taken = [...this.#file.devices, ...this.#file.stations].some((entry) => nameOf(entry) === name);
    if (taken) throw new GatewayError('CREDENTIALS_NAME_TAKEN', name);
  }

  async #store(file: File): Promise<void> {
    await writePrivateFile(this.#path, `${JSON.stringify(file, null, 2)}\n`);
    this.#hold(file);
  }

  #hold(file: File): void {
    this.#file = file;
    this.#devices = devicesOf(file);
  }
}

function devicesOf(file: File): ReadonlyMap<string, DeviceEntry> {
  return new Map(file.devices.map(({ secretHash: _, ...entry }) => [entry.handle, entry]));
}

function secretsOf(file: File): Map<string, string | undefined> {
  return new Map([...file.devices, ...file.stations].map((entry) => [nameOf(entry), entry.secretHash]));
}

/** Another file gives another text, and the file is always written anew and put in place. The size is for who spoils it within a tick of the clock. */
async function stateOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found ? `${found.ino} ${found.mtimeNs} ${found.size}` : 'none';
}

async function read(path: string): Promise<File> {
  const bytes = await readPrivateFile(path);
  if (bytes === undefined) return { format: 'lamplight-credentials', version: 1, devices: [], stations: [] };
  const parsed = z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown;
      } catch {
        context.addIssue('not JSON');
        return z.NEVER;
      }
    })
    .pipe(fileSchema)
    .safeParse(bytes.toString('utf8'));
  if (!parsed.success) throw new GatewayError('CREDENTIALS_DAMAGED');
  return parsed.data;
}

function nameOf(entry: File['devices'][number] | File['stations'][number]): string {
  return 'handle' in entry ? entry.handle : entry.name;
}

function freshSecret(): string {
  return randomBytes(SECRET_BYTES).toString('base64url');
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
