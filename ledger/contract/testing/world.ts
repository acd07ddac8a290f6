// SPDX-License-Identifier: Apache-2.0
/** A small world for the tests of the contract: organisations with their keys, and valid commands of every kind. */
import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import { ed25519PublicKey, ed25519Sign } from '../../crypto/ed25519.ts';
import { nodeCrypto } from '../../crypto/node.ts';
import { signCheckpoint } from '../../log/checkpoint.ts';
import { formatVerifierKey, type NoteSigner, verifierKey } from '../../log/note.ts';
import { leafHash } from '../../merkle/hash.ts';
import { MemoryTree } from '../../merkle/memory-tree.ts';
import type { Caller } from '../apply.ts';
import type { Command, CommandOf, CommandType } from '../commands.ts';
import { signCommand } from '../signed-command.ts';

const { sha256 } = nodeCrypto;
/** Wall time of the world. */
export const NOW_MS = 1_795_000_000_000;
const YEAR_MS = 365 * 86_400_000;

/** 32 or 16 bytes that only this label has. */
export const digest = (label: string): Uint8Array => Uint8Array.from(createHash('sha256').update(label).digest());
export const id16 = (label: string): Uint8Array => digest(label).slice(0, 16);

export function keyOf(label: string): KeyObject {
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), digest(`key ${label}`)]);
  return createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
}

/** One organisation with an administrator, one gateway, and a log of that gateway. `label` makes all of it distinct. */
export class Organisation {
  readonly org: string;
  readonly label: string;
  readonly adminKey: KeyObject;
  readonly gatewayKey: KeyObject;
  readonly logSigner: NoteSigner;

  constructor(org: string, label: string) {
    this.org = org;
    this.label = label;
    this.adminKey = keyOf(`${label} ${org} admin`);
    this.gatewayKey = keyOf(`${label} ${org} gateway`);
    const logKey = keyOf(`${label} ${org} log`);
    const key = verifierKey(`${org.toLowerCase()}.example/${label}`, ed25519PublicKey(logKey), sha256);
    this.logSigner = { key, sign: (message) => ed25519Sign(message, logKey) };
  }

  get device(): Uint8Array {
    return sha256(ed25519PublicKey(this.gatewayKey)).slice(0, 16);
  }
  get vkey(): string {
    return formatVerifierKey(this.logSigner.key);
  }
  get originHash(): Uint8Array {
    return sha256(new TextEncoder().encode(this.logSigner.key.name));
  }
  get adminCaller(): Caller {
    return { org: this.org, role: 'admin' };
  }
  get gatewayCaller(): Caller {
    return { org: this.org, role: 'gateway', device: this.device };
  }

  /** Fields of a command that the administrator signs. */
  admin<T extends CommandType>(type: T, fields: Fields<T>): CommandOf<T> {
    return { type, org: this.org, at: NOW_MS, ...fields } as unknown as CommandOf<T>;
  }
  gateway<T extends CommandType>(type: T, fields: Fields<T>): CommandOf<T> {
    return { type, org: this.org, device: this.device, at: NOW_MS, ...fields } as unknown as CommandOf<T>;
  }
  /** Signed by whom the command names; `key` signs in a forger's place. */
  sign(command: Command, key = command.device ? this.gatewayKey : this.adminKey): Uint8Array {
    return signCommand(command, (message) => ed25519Sign(message, key));
  }

  register(over: Partial<CommandOf<'registerOrg'>> = {}): CommandOf<'registerOrg'> {
    const adminKey = ed25519PublicKey(this.adminKey);
    const contacts = digest('contacts');
    return this.admin('registerOrg', {
      adminKey,
      logKeys: [this.vkey],
      pseudonymScheme: 1,
      contacts,
      version: 1,
      ...over,
    });
  }
  registerGateway(over: Partial<CommandOf<'registerDevice'>> = {}): CommandOf<'registerDevice'> {
    const publicKey = ed25519PublicKey(this.gatewayKey);
    const valid = { validFrom: NOW_MS - YEAR_MS, validTo: NOW_MS + YEAR_MS };
    return this.admin('registerDevice', { publicKey, ...valid, attestation: digest('attestation'), ...over });
  }
  openLog(): CommandOf<'openLog'> {
    return this.gateway('openLog', { logKeys: [this.vkey] });
  }
  grant(label: string, to: Organisation, over: Partial<CommandOf<'grantConsent'>> = {}): CommandOf<'grantConsent'> {
    return this.gateway('grantConsent', {
      consent: id16(`${this.label} ${label}`),
      grantor: digest(`grantor ${label}`),
      granteeOrg: to.org,
      granteeKey: id16(`${to.org} reader`),
      reader: 'outside-doctor',
      purpose: 'second-opinion',
      scope: digest(`scope ${label}`),
      notBefore: NOW_MS - 1000,
      notAfter: NOW_MS + YEAR_MS,
      ...over,
    });
  }
  revoke(label: string): CommandOf<'revokeConsent'> {
    return this.gateway('revokeConsent', { consent: id16(`${this.label} ${label}`) });
  }
  keyGrant(label: string, epoch = 7): CommandOf<'publishKeyGrant'> {
    const consent = id16(`${this.label} ${label}`);
    return this.gateway('publishKeyGrant', { consent, epoch, envelope: digest(`envelope ${label}`) });
  }
  withdraw(correction: Uint8Array): CommandOf<'withdrawCorrection'> {
    return this.gateway('withdrawCorrection', { correction, details: digest('withdrawal') });
  }
  access(over: Partial<CommandOf<'logAccess'>> = {}): CommandOf<'logAccess'> {
    const rest = { basis: 'admission', decision: 'allowed', reader: 'nurse', purpose: 'care' } as const;
    return this.gateway('logAccess', { ...rest, details: digest('details'), ...over });
  }
  accessUnder(label: string, over: Partial<CommandOf<'logAccess'>> = {}): CommandOf<'logAccess'> {
    const terms = { basis: 'consent', reader: 'outside-doctor', purpose: 'second-opinion' } as const;
    return this.access({ ...terms, consent: id16(`${this.label} ${label}`), ...over });
  }
  emergency(over: Partial<CommandOf<'logAccess'>> = {}): CommandOf<'logAccess'> {
    const terms = { basis: 'emergency', reader: 'physician', purpose: 'emergency', reason: 'danger-to-life' } as const;
    return this.access({ ...terms, ...over });
  }

  /** A checkpoint of the log that holds these entries. */
  note(entries: readonly string[], signer = this.logSigner): string {
    return signCheckpoint(
      { origin: this.logSigner.key.name, size: entries.length, root: treeOf(entries).root() },
      signer,
    );
  }
  /** Anchors `entries` over the first `oldSize` of them. */
  anchor(oldSize: number, entries: readonly string[], over: Partial<CommandOf<'anchorCheckpoint'>> = {}) {
    const proof = oldSize > 0 && oldSize <= entries.length ? treeOf(entries).consistencyProof(oldSize) : [];
    return this.gateway('anchorCheckpoint', {
      note: this.note(entries),
      oldSize,
      proof,
      entryCounts: [entries.length],
      ...over,
    });
  }
}

export function treeOf(entries: readonly string[]): MemoryTree {
  return new MemoryTree(
    sha256,
    entries.map((entry) => leafHash(sha256, Buffer.from(entry))),
  );
}

type Fields<T extends CommandType> = Omit<CommandOf<T>, 'type' | 'org' | 'device' | 'at'> & { readonly at?: number };
