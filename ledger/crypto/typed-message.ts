// SPDX-License-Identifier: Apache-2.0
/** What a signature over one of our own types covers: `"lamplight/<type>/1" || 0x00 || bytes`, so that none passes for another type. */

export type SignedType = 'batch' | 'epoch-key' | 'gateway-key' | 'command' | 'heartbeat';

export function typedMessage(type: SignedType, bytes: Uint8Array): Uint8Array {
  const prefix = new TextEncoder().encode(`lamplight/${type}/1\0`);
  const message = new Uint8Array(prefix.length + bytes.length);
  message.set(prefix);
  message.set(bytes, prefix.length);
  return message;
}
