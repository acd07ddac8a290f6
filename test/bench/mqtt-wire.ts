// SPDX-License-Identifier: Apache-2.0
/** As much MQTT 3.1.1 as a load generator needs: CONNECT and PUBLISH as bytes, PUBACKs counted. A whole client would cost more than the gateway. */

const CONNECT = 0x10;
const CONNACK = 0x20;
const PUBLISH_QOS_1 = 0x32;
const PUBACK = 0x40;
const CLEAN_SESSION = 0x02;
const WITH_NAME_AND_PASSWORD = 0xc0;
const KEEPALIVE_SECONDS = 60;
/** Packet identifiers run from 1 to this, and again. */
const MAX_PACKET_ID = 65_535;

/** A clean session, with a name and password if there is a secret. */
export function connectPacket(client: string, secret: string | undefined): Buffer {
  const flags = CLEAN_SESSION | (secret === undefined ? 0 : WITH_NAME_AND_PASSWORD);
  const head = Buffer.from([...field('MQTT'), 4, flags, 0, KEEPALIVE_SECONDS]);
  const texts = secret === undefined ? [client] : [client, client, secret];
  return packet(CONNECT, Buffer.concat([head, ...texts.map(field)]));
}

/** Number `index` of a client's messages, at QoS 1. */
export function publishPacket(topic: string, index: number, body: string): Buffer {
  const id = 1 + (index % MAX_PACKET_ID);
  return packet(PUBLISH_QOS_1, Buffer.concat([field(topic), Buffer.from([id >> 8, id & 0xff]), Buffer.from(body)]));
}

/** Reads what a broker answers to such a client: calls `onReady` for a CONNACK that accepts, and `onAcknowledged` with the PUBACKs of a chunk. */
export function answerReader(onReady: () => void, onAcknowledged: (count: number) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let acknowledged = 0;
    let at = 0;
    // Every answer that can come is four bytes long.
    for (; at + 4 <= bytes.length; at += 4) {
      if (bytes[at] === PUBACK) acknowledged += 1;
      else if (bytes[at] === CONNACK && bytes[at + 3] === 0) onReady();
      else throw new Error('the broker refused the load generator');
    }
    rest = bytes.subarray(at);
    if (acknowledged > 0) onAcknowledged(acknowledged);
  };
}

function packet(type: number, body: Buffer): Buffer {
  const length: number[] = [];
  for (let left = body.length; ; left >>= 7) {
    length.push(left > 127 ? (left & 127) | 128 : left);
    if (left <= 127) break;
  }
  return Buffer.concat([Buffer.from([type, ...length]), body]);
}

function field(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}
