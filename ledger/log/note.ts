// SPDX-License-Identifier: Apache-2.0
/**
 * Signed notes and verifier keys (C2SP signed-note v1.0.0): Ed25519 signatures of logs, timestamped ones of witnesses. Runs in a browser:
 * the crypto is handed in.
 */
import { base64ToBytes, bytesToBase64 } from '../codec/base64.ts';
import { concatBytes } from '../codec/bytes.ts';
import { bytesToHex } from '../codec/hex.ts';
import { LedgerError } from '../errors.ts';
import type { Sha256 } from '../merkle/hash.ts';
import type { VerifierCrypto } from '../verify/crypto.ts';
import { cosign, cosignatureTime } from './cosignature.ts';

/** Signature type identifiers: Ed25519 of a log, and the timestamped Ed25519 cosignature of a witness. */
const ED25519 = 0x01;
export const COSIGNATURE = 0x04;
type KeyType = typeof ED25519 | typeof COSIGNATURE;

export interface VerifierKey {
  readonly type: KeyType;
  readonly name: string;
  /** The first 4 bytes of SHA-256(name || 0x0A || type || key), as 8 hex digits. */
  readonly keyId: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

export interface NoteSigner {
  readonly key: VerifierKey;
  sign(message: Uint8Array): Uint8Array;
}

/** Room for 16 signatures, as the specification asks, also of post-quantum size. */
const MAX_NOTE_CHARS = 128 * 1024;
const MAX_SIGNATURES = 64;
const MAX_NAME_CHARS = 256;
const SIGNATURE_LINE = /^— (\S+) (\S+)$/u;

export function verifierKey(name: string, publicKey: Uint8Array, sha256: Sha256, type: KeyType = ED25519): VerifierKey {
  if (!isKeyName(name)) throw new LedgerError('NOTE_MALFORMED', 'a key name has no spaces and no plus');
  const id = sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(type), publicKey)).subarray(0, 4);
  return { type, name, keyId: bytesToHex(id), publicKey };
}

/** `name+hex(keyID)+base64(type || key)`. */
export function formatVerifierKey(key: VerifierKey): string {
  return `${key.name}+${key.keyId}+${bytesToBase64(concatBytes(Uint8Array.of(key.type), key.publicKey))}`;
}

/** Parses a vkey of a log, or of a witness; anything but an Ed25519 key of that type with its own id throws NOTE_MALFORMED. */
export function parseVerifierKey(vkey: string, sha256: Sha256, type: KeyType = ED25519): VerifierKey {
  const [name = '', keyId, ...base64] = vkey.length <= 2 * MAX_NAME_CHARS ? vkey.split('+') : [];
  // Base64 may hold further plus signs.
  const bytes = base64ToBytes(base64.join('+'));
  if (bytes?.length !== 33 || bytes[0] !== type)
    throw new LedgerError('NOTE_MALFORMED', `no Ed25519 verifier key of a ${type === ED25519 ? 'log' : 'witness'}`);
  const key = verifierKey(name, bytes.subarray(1), sha256, type);
  if (key.keyId !== keyId) throw new LedgerError('NOTE_MALFORMED', 'the key id is not that of the key');
  return key;
}

/** The note: `text`, which ends in a newline, a blank line, and one signature line for each signer. */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  if (!text.endsWith('\n') || !isNoteText(text)) throw new LedgerError('NOTE_MALFORMED', 'text that cannot be a note');
  return `${text}\n${signers.map(({ key, sign }) => signatureLine(key, sign(utf8(text)))).join('')}`;
}

/** The line that a witness puts under a note text; `timeS` in seconds since 1970. */
export function cosignatureLine(text: string, { key, sign }: NoteSigner, timeS: number): string {
  return signatureLine(key, cosign(text, timeS, sign));
}

function signatureLine(key: VerifierKey, signature: Uint8Array): string {
  const id = Uint8Array.from(key.keyId.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  return `— ${key.name} ${bytesToBase64(concatBytes(id, signature))}\n`;
}

interface NoteSignature {
  /** As it stands in the note, without its newline. */
  readonly line: string;
  readonly name: string;
  readonly keyId: string;
  readonly signature: Uint8Array;
}

/** Splits a note; NOTE_MALFORMED if it is none. Proves nothing about who signed it. */
export function parseNote(note: string): { text: string; signatures: readonly NoteSignature[] } {
  // The last empty line parts the text from the signatures; the text itself may hold empty lines.
  const at = note.lastIndexOf('\n\n');
  if (note.length > MAX_NOTE_CHARS || at < 0 || !note.endsWith('\n') || !isNoteText(note))
    throw new LedgerError('NOTE_MALFORMED');
  const lines = note.slice(at + 2, -1).split('\n');
  if (lines.length > MAX_SIGNATURES) throw new LedgerError('NOTE_MALFORMED', `more than ${MAX_SIGNATURES} signatures`);
  return { text: note.slice(0, at + 1), signatures: lines.map(parseSignature) };
}

/**
 * Opens a note: its text, and which of the known keys signed it (at least one). Signatures of unknown keys are ignored; one of a known
 * key that fails refuses the whole note. Throws NOTE_MALFORMED or NOTE_SIGNATURE.
 */
export function openNote(
  note: string,
  known: readonly VerifierKey[],
  crypto: VerifierCrypto,
): { text: string; signedBy: Set<VerifierKey> } {
  const { text, signatures } = parseNote(note);
  const signedBy = new Set<VerifierKey>();
  for (const { name, keyId, signature } of signatures) {
    const key = known.find((k) => k.name === name && k.keyId === keyId);
    if (!key) continue;
    if (!isSignatureOf(key, text, signature, crypto)) throw new LedgerError('NOTE_SIGNATURE', 'a signature that fails');
    signedBy.add(key);
  }
  if (signedBy.size === 0) throw new LedgerError('NOTE_SIGNATURE', 'no signature of a known key');
  return { text, signedBy };
}

/** The lines of a note that bear the name and id of this key, with their newlines; whether they hold is not checked. */
export function linesOf(note: string, { name, keyId }: VerifierKey): readonly string[] {
  const own = parseNote(note).signatures.filter((one) => one.name === name && one.keyId === keyId);
  return own.map(({ line }) => `${line}\n`);
}

function isSignatureOf(key: VerifierKey, text: string, signature: Uint8Array, crypto: VerifierCrypto): boolean {
  return key.type === COSIGNATURE
    ? cosignatureTime(key.publicKey, text, signature, crypto) !== undefined
    : crypto.ed25519Verify(key.publicKey, utf8(text), signature);
}

function parseSignature(line: string): NoteSignature {
  const [, name = '', base64 = ''] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = base64ToBytes(base64);
  if (!isKeyName(name) || !bytes || bytes.length < 5) throw new LedgerError('NOTE_MALFORMED', 'a bad signature line');
  return { line, name, keyId: bytesToHex(bytes.subarray(0, 4)), signature: bytes.subarray(4) };
}

function isKeyName(name: string): boolean {
  return name.length <= MAX_NAME_CHARS && /^[^\s+]+$/u.test(name) && isNoteText(name);
}

/** Valid Unicode without control characters but for the newline. */
function isNoteText(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) < 0x20 && text[i] !== '\n') return false;
  return text.isWellFormed();
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
