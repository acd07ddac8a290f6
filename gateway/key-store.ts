// SPDX-License-Identifier: Apache-2.0
/** The key store: one private file with the long-lived keys of a gateway, a station or an organisation, sealed under a passphrase (security.md 3.8). */
import {
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';
import { basename } from 'node:path';
import * as z from 'zod';
import { GatewayError } from './errors.ts';
import { openBox, passphraseBoxSchema, sealBox } from './passphrase-box.ts';
import { readPrivateFile, writePrivateFile } from './private-file.ts';

export type Role = 'gateway' | 'station' | 'organisation';
/** How well the file is protected; shown on the status page. */
type Protection = 'passphrase' | 'none-demo';
export interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}
export interface GatewayKeys {
  readonly role: 'gateway';
  readonly protection: Protection;
  /** Ed25519: signs batches and log entries. */
  readonly gatewaySigning: KeyPair;
  /** Ed25519: signs the checkpoints of the embedded log. */
  readonly log: KeyPair;
  /** X25519: opens the gateway's wraps of the open epochs. */
  readonly gatewayKem: KeyPair;
  /** 32 bytes: wraps the journal's day keys. */
  readonly journalKey: KeyObject;
}
export interface StationKeys {
  readonly role: 'station';
  readonly protection: Protection;
  /** X25519: opens the care team's wraps. */
  readonly careTeamKem: KeyPair;
}
export interface OrganisationKeys {
  readonly role: 'organisation';
  readonly protection: Protection;
  /** Ed25519: founds the organisation in the ledger, registers and suspends gateways. Nothing that runs day by day needs it. */
  readonly administrator: KeyPair;
}
export interface KeyStoreOptions {
  /** Opens or seals the file. */
  readonly passphrase?: string | undefined;
  /** Allows a store that keeps its keys in the clear. */
  readonly demo?: boolean;
  /** The user who must own the file; default: the one this process runs as. */
  readonly uid?: number;
}

const VERSION = 1;
const JOURNAL_KEY_BYTES = 32;
const KEY_NAMES = {
  gateway: ['gatewaySigning', 'log', 'gatewayKem', 'journalKey'],
  station: ['careTeamKem'],
  organisation: ['administrator'],
} as const;
const TYPE_OF = {
  gatewaySigning: 'ed25519',
  log: 'ed25519',
  gatewayKem: 'x25519',
  careTeamKem: 'x25519',
  administrator: 'ed25519',
} as const;

const secretsSchema = z.record(z.string(), z.base64());
const headSchema = z.object({ format: z.literal('lamplight-keys'), version: z.number().int().positive() });
const common = { ...headSchema.shape, role: z.enum(['gateway', 'station', 'organisation']) };
const fileSchema = z.discriminatedUnion('protection', [
  z.strictObject({ ...common, protection: z.literal('passphrase'), ...passphraseBoxSchema.shape }),
  z.strictObject({ ...common, protection: z.literal('none-demo'), label: z.string(), keys: secretsSchema }),
]);
const DEMO_LABEL = 'DEMO: these keys lie in the clear and protect nothing. Never use this file for patients.';

/**
 * Makes fresh keys and writes them; an existing file is never overwritten. Without a passphrase only with `demo`.
 * Throws GatewayError KEY_STORE_EXISTS or KEY_STORE_NO_PASSPHRASE.
 */
export async function createKeyStore(path: string, role: Role, options: KeyStoreOptions): Promise<void> {
  const head = { format: 'lamplight-keys', version: VERSION, role };
  const keys = Object.fromEntries(KEY_NAMES[role].map((name) => [name, freshSecret(name).toString('base64')]));
  let file: object;
  if (options.passphrase) {
    const box = await sealBox(Buffer.from(JSON.stringify(keys)), options.passphrase, boundTo(role));
    file = { ...head, protection: 'passphrase', ...box };
  } else if (options.demo) {
    file = { ...head, protection: 'none-demo', label: DEMO_LABEL, keys };
  } else {
    throw new GatewayError('KEY_STORE_NO_PASSPHRASE', basename(path));
  }
  const written = await writePrivateFile(path, `${JSON.stringify(file, null, 2)}\n`, true);
  if (!written) throw new GatewayError('KEY_STORE_EXISTS', basename(path));
}

/**
 * Opens the key store of `role`. Throws GatewayError PRIVATE_FILE_* (wrong owner, mode or kind) or KEY_STORE_MISSING,
 * _DAMAGED, _VERSION, _DEMO, _NO_PASSPHRASE, _PASSPHRASE.
 */
export function openKeyStore(path: string, role: 'gateway', options: KeyStoreOptions): Promise<GatewayKeys>;
export function openKeyStore(path: string, role: 'station', options: KeyStoreOptions): Promise<StationKeys>;
export function openKeyStore(path: string, role: 'organisation', options: KeyStoreOptions): Promise<OrganisationKeys>;
export async function openKeyStore(path: string, role: Role, options: KeyStoreOptions) {
  const bytes = await readPrivateFile(path, options.uid);
  if (bytes === undefined) throw new GatewayError('KEY_STORE_MISSING', basename(path));
  const file = parseFile(bytes, path);
  if (file.role !== role)
    throw new GatewayError('KEY_STORE_DAMAGED', `${basename(path)} holds the keys of a ${file.role}`);
  const secrets = await openSecrets(file, path, options);
  return { role, protection: file.protection, ...keyObjects(role, secrets, path) };
}

function parseFile(bytes: Buffer, path: string): z.infer<typeof fileSchema> {
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString('utf8'));
  } catch {
    // The parser's words could quote the file, which may hold keys in the clear.
    throw new GatewayError('KEY_STORE_DAMAGED', basename(path));
  }
  const head = headSchema.safeParse(json);
  if (head.success && head.data.version > VERSION) throw new GatewayError('KEY_STORE_VERSION', basename(path));
  const file = fileSchema.safeParse(json);
  if (!file.success) throw new GatewayError('KEY_STORE_DAMAGED', basename(path));
  return file.data;
}

async function openSecrets(file: z.infer<typeof fileSchema>, path: string, options: KeyStoreOptions): Promise<unknown> {
  if (file.protection === 'none-demo') {
    if (!options.demo) throw new GatewayError('KEY_STORE_DEMO', basename(path));
    return file.keys;
  }
  if (!options.passphrase) throw new GatewayError('KEY_STORE_NO_PASSPHRASE', basename(path));
  const opened = await openBox(file, options.passphrase, boundTo(file.role));
  if (opened === 'wrong-passphrase') throw new GatewayError('KEY_STORE_PASSPHRASE', basename(path));
  if (opened === 'damaged') throw new GatewayError('KEY_STORE_DAMAGED', basename(path));
  return JSON.parse(opened.toString('utf8'));
}

function keyObjects(role: Role, secrets: unknown, path: string): Record<string, KeyObject | KeyPair> {
  const parsed = secretsSchema.safeParse(secrets);
  const keys: Record<string, KeyObject | KeyPair> = {};
  for (const name of KEY_NAMES[role]) {
    const secret = parsed.success ? parsed.data[name] : undefined;
    const key = secret === undefined ? undefined : keyObject(name, Buffer.from(secret, 'base64'));
    if (key === undefined) throw new GatewayError('KEY_STORE_DAMAGED', `${basename(path)}, ${name}`);
    keys[name] = key;
  }
  return keys;
}

/** Undefined when the bytes are not a key of the type that the name calls for. */
function keyObject(name: keyof typeof TYPE_OF | 'journalKey', secret: Buffer): KeyObject | KeyPair | undefined {
  if (name === 'journalKey') return secret.length === JOURNAL_KEY_BYTES ? createSecretKey(secret) : undefined;
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey({ key: secret, format: 'der', type: 'pkcs8' });
  } catch {
    return undefined;
  }
  if (privateKey.asymmetricKeyType !== TYPE_OF[name]) return undefined;
  return { publicKey: createPublicKey(privateKey), privateKey };
}

function freshSecret(name: keyof typeof TYPE_OF | 'journalKey'): Buffer {
  if (name === 'journalKey') return randomBytes(JOURNAL_KEY_BYTES);
  const pair = TYPE_OF[name] === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('x25519');
  return pair.privateKey.export({ format: 'der', type: 'pkcs8' });
}

/** What the seal covers besides the keys: a file cannot be passed off as another role's or version's. */
function boundTo(role: Role): Buffer {
  return Buffer.from(`lamplight-keys/${VERSION}/${role}`);
}
