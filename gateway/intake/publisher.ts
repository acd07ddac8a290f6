// SPDX-License-Identifier: Apache-2.0
/** What the gateway itself publishes to its stations: QoS 0, and bounded, for a station that cannot keep up gets the next snapshot. */
import type { Aedes } from 'aedes';
import { messageBody } from '../message-body.ts';
import type { Metrics } from '../metrics.ts';

export type Publish = (topic: string, json: string) => Promise<void>;

/** Beyond `maxInFlight` messages that are not handed on yet, further ones are dropped and counted. */
export function publisher(aedes: Aedes, maxInFlight: number, metrics: Pick<Metrics, 'count'>): Publish {
  let inFlight = 0;
  return (topic, json) => {
    if (inFlight >= maxInFlight) {
      metrics.count('mqtt_publishes_dropped_total');
      return Promise.resolve();
    }
    inFlight += 1;
    const packet = { cmd: 'publish', topic, payload: messageBody(json), qos: 0, retain: false, dup: false } as const;
    return new Promise((resolve) => {
      aedes.publish(packet, (error) => {
        inFlight -= 1;
        if (error) metrics.count('mqtt_publishes_failed_total');
        resolve();
      });
    });
  };
}
