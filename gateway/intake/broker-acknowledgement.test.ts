// SPDX-License-Identifier: Apache-2.0
/** The PUBACK leaves only after the reading is stored. The control shows that the usual hook acknowledges first. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Aedes } from 'aedes';
import { describe, expect, it } from 'vitest';
import { dial, mqttBench, next, outcome, publishing } from './testing/mqtt-bench.ts';

const TOPIC = 'lamplight/v1/gw/wear-1/senml';

describe('acknowledgement', () => {
  it('leaves after onSenml has resolved, not before', async () => {
    const stored = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    const story: string[] = [];
    await using bench = await mqttBench({
      onSenml: async () => {
        arrived.resolve();
        await stored.promise;
        story.push('stored');
      },
    });
    const client = bench.client('wear-1');
    await outcome(client);
    const published = publishing(client, TOPIC, 'x').then((end) => story.push(end));
    await arrived.promise;
    // A round trip on another connection: had a PUBACK been sent, it would be here by now.
    const other = bench.client('wear-2');
    await outcome(other);
    expect(story).toEqual([]);
    stored.resolve();
    await published;
    expect(story).toEqual(['stored', 'acknowledged']);
  });

  it('would be seen to come too early: a store behind the publish event is acknowledged first', async () => {
    const stored = Promise.withResolvers<void>();
    const story: string[] = [];
    const aedes = await Aedes.createBroker();
    const store = async () => {
      await stored.promise;
      story.push('stored');
    };
    aedes.on('publish', (packet) => {
      if (packet.topic === TOPIC) void store();
    });
    const server = createServer(aedes.handle);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const client = dial((server.address() as AddressInfo).port, 'wear-1');
    await outcome(client);
    story.push(await publishing(client, TOPIC, 'x'));
    stored.resolve();
    await new Promise(setImmediate);
    expect(story).toEqual(['acknowledged', 'stored']);
    client.end(true);
    await new Promise<void>((resolve) => aedes.close(resolve));
    server.close();
  });

  it('never leaves when the store refuses: the connection closes, and the device sends again', async () => {
    let full = true;
    const stored: string[] = [];
    await using bench = await mqttBench({
      onSenml: async (_, payload) => {
        if (full) throw new Error('disk full');
        stored.push(Buffer.from(payload).toString());
      },
    });
    const client = bench.client('wear-1', { reconnectPeriod: 10, clean: false });
    await outcome(client);
    const acknowledged = client.publishAsync(TOPIC, 'kept', { qos: 1 });
    await next(client, 'close');
    full = false;
    await acknowledged;
    expect(stored).toEqual(['kept']);
  });

  it('is withheld alone when told so: newer readings still arrive, and the device sends again once it is disconnected', async () => {
    let full = true;
    const [seen, stored]: [string[], string[]] = [[], []];
    const bothSeen = Promise.withResolvers<void>();
    await using bench = await mqttBench({
      withholds: () => full,
      onSenml: async (_, payload) => {
        seen.push(Buffer.from(payload).toString());
        if (seen.length === 2) bothSeen.resolve();
        if (full) throw new Error('disk full');
        stored.push(Buffer.from(payload).toString());
      },
    });
    const client = bench.client('wear-1', { reconnectPeriod: 10, clean: false });
    await outcome(client);
    const acknowledged: string[] = [];
    const sent = ['old', 'new'].map((body) =>
      client.publishAsync(TOPIC, body, { qos: 1 }).then(() => acknowledged.push(body)),
    );
    await bothSeen.promise;
    // A round trip on another connection: had a PUBACK been sent, it would be here by now.
    await outcome(bench.client('wear-2'));
    expect({ seen, acknowledged, connected: client.connected }).toEqual({
      seen: ['old', 'new'],
      acknowledged: [],
      connected: true,
    });
    full = false;
    bench.broker.disconnectDevices();
    await Promise.all(sent);
    expect(stored).toEqual(['old', 'new']);
  });
});
