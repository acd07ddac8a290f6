// SPDX-License-Identifier: Apache-2.0
/** What the broker takes of its clients at the most. */

export interface BrokerLimits {
  /** Largest MQTT packet after its fixed header: a body of 8 KiB, its topic, or a CONNECT. */
  readonly maxPacketBytes: number;
  readonly maxClients: number;
  readonly maxConnectionsPerStation: number;
  readonly connectTimeoutMs: number;
  /** A client must promise to speak at least this often. */
  readonly keepaliveMaxSeconds: number;
  /** Packets a client may send before its CONNECT is answered. */
  readonly maxQueuedPackets: number;
  /** A subscriber that reads nothing for this long is disconnected. */
  readonly drainTimeoutMs: number;
  /** Requests of stations that are being answered; whoever asks more waits. */
  readonly maxRequestsUnderWay: number;
  /** Messages of ours under way to slow subscribers; further ones are dropped. Below aedes' concurrency of 100, so that intake never waits. */
  readonly maxPublishesInFlight: number;
}
export const BROKER_LIMITS: BrokerLimits = {
  maxPacketBytes: 8192 + 512,
  maxClients: 1024,
  maxConnectionsPerStation: 16,
  connectTimeoutMs: 10_000,
  keepaliveMaxSeconds: 120,
  maxQueuedPackets: 16,
  drainTimeoutMs: 10_000,
  maxRequestsUnderWay: 64,
  maxPublishesInFlight: 64,
};
