// SPDX-License-Identifier: Apache-2.0
/** MQTT wearables: SenML bodies from the broker into the data path, requests of stations into the control. */
import { decodeSenml } from '../../devices/index.ts';
import type { Config } from '../config.ts';
import type { Control } from '../control/control.ts';
import type { DataPath } from '../data-path.ts';
import { GatewayError } from '../errors.ts';
import { noFaultPoints, type PassFaultPoint } from '../fault-point.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { type Broker, startBroker } from './broker.ts';
import type { Credentials } from './credentials.ts';

export interface MqttIntakeOptions {
  readonly config: Pick<Config, 'gateway' | 'broker'>;
  readonly credentials: Credentials;
  readonly clock: { monotonicMs(): number };
  readonly dataPath: DataPath;
  readonly control: Control;
  readonly onLink: (handle: string, link: 'up' | 'down') => void;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly passFaultPoint: PassFaultPoint;
}

export async function openMqttIntake(options: MqttIntakeOptions): Promise<Broker> {
  const { config, dataPath, metrics, passFaultPoint } = options;

  async function onSenml(handle: string, payload: Uint8Array): Promise<void> {
    const monotonicMs = options.clock.monotonicMs();
    const device = dataPath.device(handle);
    if (!device) throw new GatewayError('DEVICE_UNKNOWN');
    const decoded = decodeSenml(payload);
    if (!decoded.ok) {
      // A body that cannot be read will not get better by being sent again: it is counted and acknowledged.
      metrics.count('senml_refused_total');
      options.log.warn('senml-refused', { device: handle, error: decoded.error });
      return;
    }
    const { measurements, batteryPercent } = decoded.value;
    if (batteryPercent !== undefined) dataPath.batteryTold(handle, batteryPercent, monotonicMs);
    await dataPath.accept(device, measurements, monotonicMs);
    passFaultPoint('puback-before');
    // The PUBACK is written after this turn of the event loop.
    if (passFaultPoint !== noFaultPoints) setImmediate(() => passFaultPoint('puback-after'));
  }

  const broker = await startBroker({
    host: config.broker.host,
    port: config.broker.port,
    gateway: config.gateway,
    credentials: options.credentials,
    onSenml,
    // A sensor that connects anew for every try sends its oldest readings first: the newest would never reach the board.
    withholds: (error) => dataPath.isRefusing && error instanceof GatewayError && error.code === 'JOURNAL_FULL',
    onRequest: async (payload) => {
      const answer = await options.control.answer(payload);
      return answer && { to: answer.to, payload: JSON.stringify(answer.response) };
    },
    log: options.log,
    metrics,
  });
  broker.onLink(options.onLink);
  return broker;
}
