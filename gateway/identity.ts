// SPDX-License-Identifier: Apache-2.0
/** The public side of a gateway in one file: its keys, the log's signature over them, and who the record is sealed to. No secrets. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import * as z from 'zod';
import { ed25519PublicKey, gatewayKeyBytes, type Recipient, rawPublicKey, signTyped } from '../ledger/index.ts';
import { GatewayError } from './errors.ts';
import type { GatewayKeys } from './key-store.ts';

export interface Identity {
  /** Name of the gateway. */
  readonly gateway: string;
  /** Ed25519, 32 bytes: signs batches. */
  readonly gatewayKey: Uint8Array;
  /** The log key's signature (type "gateway-key") over CBOR[gateway, gatewayKey]. */
  readonly endorsement: Uint8Array;
  /** The log's verifier key, as `verify --key` takes it. */
  readonly vkey: string;
  readonly careTeam: Recipient;
  /** Ed25519, 32 bytes: the administrator of the organisation in the ledger. Absent before the first start that founded it. */
  readonly administrator?: Uint8Array | undefined;
}

/** The gateway as a recipient of its own open epochs. */
const SELF_ID = 'gateway';
export const CARE_TEAM_ID = 'care-team';

const bytesSchema = z.base64().transform((text) => new Uint8Array(Buffer.from(text, 'base64')));
const fileSchema = z.strictObject({
  format: z.literal('lamplight-identity'),
  version: z.literal(1),
  gateway: z.string(),
  gatewayKey: bytesSchema,
  endorsement: bytesSchema,
  vkey: z.string(),
  careTeam: z.strictObject({ id: z.string(), publicKey: bytesSchema }),
  administrator: bytesSchema.optional(),
});

/** Origin of the log and name of its key. */
export function logName(gateway: string): string {
  return `lamplight/vitals/${gateway}`;
}

export function makeIdentity(
  gateway: string,
  keys: GatewayKeys,
  vkey: string,
  careTeam: Recipient,
  administrator?: Uint8Array,
): Identity {
  const gatewayKey = ed25519PublicKey(keys.gatewaySigning.publicKey);
  const endorsement = signTyped('gateway-key', gatewayKeyBytes(gateway, gatewayKey), keys.log.privateKey);
  return { gateway, gatewayKey, endorsement, vkey, careTeam, ...(administrator && { administrator }) };
}

/** The gateway itself, for the wraps of epochs that are open. */
export function selfRecipient(keys: GatewayKeys): Recipient {
  return { id: SELF_ID, publicKey: rawPublicKey(keys.gatewayKem.publicKey) };
}

export async function writeIdentity(path: string, identity: Identity): Promise<void> {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const { gateway, vkey, careTeam, administrator } = identity;
  const file = {
    format: 'lamplight-identity',
    version: 1,
    gateway,
    gatewayKey: base64(identity.gatewayKey),
    endorsement: base64(identity.endorsement),
    vkey,
    careTeam: { id: careTeam.id, publicKey: base64(careTeam.publicKey) },
    ...(administrator && { administrator: base64(administrator) }),
  };
  // Derived from the key store at every start, so a torn file mends itself; the rename only keeps readers from seeing half of one.
  await writeFile(`${path}.tmp`, `${JSON.stringify(file, undefined, 2)}\n`);
  await rename(`${path}.tmp`, path);
}

/** Throws IDENTITY_MISSING if there is none or it is damaged. */
export async function readIdentity(path: string): Promise<Identity> {
  let file: unknown;
  try {
    file = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw new GatewayError('IDENTITY_MISSING', error instanceof SyntaxError ? 'damaged' : undefined, { cause: error });
  }
  const parsed = fileSchema.safeParse(file);
  if (!parsed.success) throw new GatewayError('IDENTITY_MISSING', 'damaged');
  return parsed.data;
}
