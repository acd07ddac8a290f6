// SPDX-License-Identifier: Apache-2.0
/** Who may do what on the broker: a device publishes its readings and hears its acknowledgements, a station asks and listens. Pure. */
import type { GatewayErrorCode } from '../errors.ts';
import { topics } from '../messages.ts';
import type { Principal } from './credentials.ts';

export interface BrokerPolicy {
  /** A device has one connection, under its handle. A station may have several: a verb of the command line must not cut another off. */
  mayBeCalled(who: Principal, clientId: string): boolean;
  /** The code of the rule that a PUBLISH breaks; undefined when it may pass. */
  publishRefusal(who: Principal, packet: { topic: string; qos: number; retain: boolean }): GatewayErrorCode | undefined;
  maySubscribe(who: Principal, filter: string): boolean;
  /** Asked for every message, so that a station on `station/#` hears only what is for everybody or for itself. */
  mayReceive(who: Principal, topic: string): boolean;
}

export function brokerPolicy(gateway: string): BrokerPolicy {
  const names = topics(gateway);
  const everyStationTopic = names.live.replace(/live$/, '#');
  const mayReceive = (who: Principal, topic: string) =>
    who.kind === 'device'
      ? topic === names.ack(who.handle)
      : [names.live, names.ward, names.response(who.name)].includes(topic);
  return {
    // No name has a slash, so that nobody's id can be another's (a client id that is taken throws its holder out, MQTT 3.1.1 3.1.4).
    mayBeCalled: (who, clientId) =>
      who.kind === 'device' ? clientId === who.handle : clientId.split('/', 1)[0] === who.name,
    mayReceive,
    maySubscribe: (who, filter) => (who.kind === 'station' && filter === everyStationTopic) || mayReceive(who, filter),
    publishRefusal(who, packet) {
      // aedes asks again for a duplicate of QoS 2: the reading would stand twice.
      if (packet.qos > 1) return 'MQTT_QOS_REFUSED';
      if (packet.retain) return 'MQTT_RETAIN_REFUSED';
      const own = who.kind === 'device' ? names.senml(who.handle) : names.request;
      return packet.topic === own ? undefined : 'MQTT_TOPIC_REFUSED';
    },
  };
}
