// SPDX-License-Identifier: Apache-2.0
/** The ward of the design's budgets: 32 beds, six vitals each, one reading a second and vital, every one a QoS 1 message of its own. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { topics } from '../../gateway/messages.ts';
import { PROCESS_GATEWAY } from '../support/gateway-process.ts';
import { answerReader, connectPacket, publishPacket } from './mqtt-wire.ts';

export const BEDS = 32;
export const WARD_VITALS = [
  { key: 'heartRate', unit: '/min', value: 72 },
  { key: 'spo2', unit: '%', value: 97 },
  { key: 'respiratoryRate', unit: '/min', value: 14 },
  { key: 'temperature', unit: 'Cel', value: 36.6 },
  { key: 'perfusionIndex', unit: '%', value: 3.1 },
  { key: 'pulseRate', unit: '/min', value: 72 },
] as const;
export const WARD_READINGS_PER_SECOND = BEDS * WARD_VITALS.length;
/** A second is shared out evenly among the readings. */
const TICK_MS = 5;

export interface WardLoad {
  /** Stops sending. Resolves when everything that was sent is acknowledged. */
  stop(): Promise<void>;
  readonly sent: () => number;
}

export const wardHandle = (bed: number): string => `bed-${bed + 1}`;
/** Called at the moment of each publish. */
type OnPublish = (device: string, vital: string, measuredMs: number) => void;

/** Signs every bed in and begins to send. */
export async function startWard(
  port: number,
  secrets: ReadonlyMap<string, string>,
  session: string,
  onPublish: OnPublish,
): Promise<WardLoad> {
  let sent = 0;
  let acknowledged = 0;
  const sockets = await Promise.all(
    Array.from({ length: BEDS }, (_, bed) =>
      signIn(port, wardHandle(bed), secrets, (count) => (acknowledged += count)),
    ),
  );
  const startedAt = performance.now();
  const timer = setInterval(() => {
    const due = ((performance.now() - startedAt) * WARD_READINGS_PER_SECOND) / 1000;
    for (; sent < due; sent++) publish(sockets, session, sent, onPublish);
  }, TICK_MS);
  return {
    sent: () => sent,
    stop: async () => {
      clearInterval(timer);
      while (acknowledged < sent) await new Promise((resolve) => setTimeout(resolve, TICK_MS));
      for (const socket of sockets) socket.destroy();
    },
  };
}

function publish(sockets: readonly Socket[], session: string, index: number, onPublish: OnPublish): void {
  const bed = index % BEDS;
  const sequence = Math.floor(index / BEDS);
  const vital = WARD_VITALS[sequence % WARD_VITALS.length]!;
  const nowMs = Date.now();
  const time = (nowMs / 1000).toFixed(3);
  const body = `[{"bn":"${session}:","n":"${vital.key}","u":"${vital.unit}","v":${vital.value},"seq_":${sequence},"t":${time}}]`;
  onPublish(wardHandle(bed), vital.key, nowMs);
  sockets[bed]!.write(publishPacket(topics(PROCESS_GATEWAY).senml(wardHandle(bed)), sequence, body));
}

async function signIn(
  port: number,
  handle: string,
  secrets: ReadonlyMap<string, string>,
  onAcknowledged: (count: number) => void,
): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  await new Promise<void>((resolve, reject) => {
    socket.on('data', answerReader(resolve, onAcknowledged));
    socket.once('error', reject);
    socket.write(connectPacket(handle, secrets.get(handle)));
  });
  return socket;
}
