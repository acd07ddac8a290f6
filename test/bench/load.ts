// SPDX-License-Identifier: Apache-2.0
/** The load generator, a process of its own: encodes every message beforehand, then keeps each client's window full until all are acknowledged. */
import { connect } from 'node:net';
import { bodyOf, type LoadClient, type LoadJob, type LoadResult } from './load-job.ts';
import { answerReader, connectPacket, publishPacket } from './mqtt-wire.ts';

process.once('message', async (job: LoadJob) => {
  const wallMs = Date.now();
  const senders = await Promise.all(job.clients.map((client) => openSender(job, client, wallMs)));
  const startedMs = Date.now();
  await Promise.all(senders.map((send) => send()));
  const result: LoadResult = { startedMs, acknowledgedMs: Date.now() };
  process.send?.(result, () => process.exit(0));
});

/** A signed-in client; the function sends everything and resolves with the last PUBACK. */
async function openSender(job: LoadJob, client: LoadClient, startMs: number): Promise<() => Promise<void>> {
  const { bytes, ends } = encoded(job, client, startMs);
  const ready = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const socket = connect({ port: job.port, host: '127.0.0.1', noDelay: true });
  let sent = 0;
  let acknowledged = 0;
  const fill = () => {
    const upTo = Math.min(ends.length, acknowledged + job.inFlight);
    if (upTo > sent) socket.write(bytes.subarray(sent === 0 ? 0 : ends[sent - 1], ends[upTo - 1]));
    sent = upTo;
  };
  socket.on(
    'data',
    answerReader(ready.resolve, (count) => {
      acknowledged += count;
      if (acknowledged === ends.length) done.resolve();
      else fill();
    }),
  );
  socket.once('close', () => done.reject(new Error(`${client.name}: the broker closed after ${acknowledged}`)));
  socket.once('error', done.reject);
  socket.write(connectPacket(client.name, client.secret));
  await Promise.race([ready.promise, done.promise]);
  return () => {
    fill();
    return done.promise;
  };
}

/** All messages of a client one after another, and where each ends. */
function encoded(job: LoadJob, client: LoadClient, startMs: number): { bytes: Buffer; ends: Uint32Array } {
  const ends = new Uint32Array(job.messagesPerClient);
  const packets: Buffer[] = [];
  let length = 0;
  for (let index = 0; index < ends.length; index++) {
    const packet = publishPacket(client.topic, index, bodyOf(job, client, index, startMs));
    packets.push(packet);
    length += packet.length;
    ends[index] = length;
  }
  return { bytes: Buffer.concat(packets), ends };
}
