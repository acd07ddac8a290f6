// SPDX-License-Identifier: Apache-2.0
/**
 * The first three commands of a ledger: the organisation, its gateway, the gateway's log. They are made once, when the log does not hold
 * them, and go the way that every command goes.
 */
import type { KeyObject } from 'node:crypto';
import {
  type Command,
  type CommandOf,
  ed25519PublicKey,
  ed25519Sign,
  ID_BYTES,
  type SideStore,
  sha256,
  signCommand,
} from '../../ledger/index.ts';
import type { Identity } from '../identity.ts';

export interface Founder {
  readonly org: string;
  readonly identity: Identity;
  /** The gateway's Ed25519 key. */
  readonly signing: KeyObject;
  /** Opens the administrator's key store. */
  readonly administrator: () => Promise<KeyObject>;
  readonly sideStore: Pick<SideStore, 'put'>;
  /** Ward time, ms since 1970. */
  readonly nowMs: number;
}

/** HMAC-SHA-256 under the key of the stay (docs/formats.md, "Stream tags"). */
const PSEUDONYM_SCHEME = 1;
/** A gateway is valid until its administrator says otherwise: no access may stay off the record because a date went by. */
const VALID = { validFrom: 0, validTo: Number.MAX_SAFE_INTEGER } as const;

/** The id of a gateway in the contract: 16 bytes of its first public key (Ed25519; also of the private one). */
export function deviceId(signing: KeyObject | Uint8Array): Uint8Array {
  return sha256(signing instanceof Uint8Array ? signing : ed25519PublicKey(signing)).slice(0, ID_BYTES);
}

/** The signed commands, in the order in which they must enter the log. Rejects with the codes of the administrator's key store. */
export async function foundingCommands(founder: Founder): Promise<readonly Uint8Array[]> {
  const { org, identity, signing, sideStore, nowMs } = founder;
  const administrator = await founder.administrator();
  const at = Math.round(nowMs);
  const sign = (command: Command, key: KeyObject) => signCommand(command, (message) => ed25519Sign(message, key));
  const organisation: CommandOf<'registerOrg'> = {
    type: 'registerOrg',
    org,
    at,
    adminKey: ed25519PublicKey(administrator),
    logKeys: [identity.vkey],
    pseudonymScheme: PSEUDONYM_SCHEME,
    contacts: await sideStore.put({ kind: 'contacts', contact: org }),
    version: 1,
  };
  // What attests to the gateway's key is the log key's signature over it, which every proof carries.
  const attestation = sha256(identity.endorsement);
  const gateway: CommandOf<'registerDevice'> = {
    type: 'registerDevice',
    org,
    at,
    publicKey: identity.gatewayKey,
    ...VALID,
    attestation,
  };
  const log: CommandOf<'openLog'> = {
    type: 'openLog',
    org,
    device: deviceId(signing),
    at,
    logKeys: [identity.vkey],
  };
  return [sign(organisation, administrator), sign(gateway, administrator), sign(log, signing)];
}
