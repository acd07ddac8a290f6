// SPDX-License-Identifier: Apache-2.0
/** One question of the command line to the running gateway, over its broker as every station asks. */
import mqtt from 'mqtt';
import { GatewayError } from './errors.ts';
import { type Request, type Response, responseSchema, topics } from './messages.ts';
import type { StationFile } from './station-file.ts';

const CONNECT_MS_MAX = 5_000;
/** Longer than the gateway itself waits for its log (SEQUENCED_MS_MAX), so that its own answer is heard. */
const ANSWER_MS_MAX = 15_000;

/** Signs in, asks once, leaves. Throws GatewayError GATEWAY_NOT_REACHED. */
export async function askGateway(station: StationFile, request: Request): Promise<Response> {
  const { host, port, name, secret } = station;
  const names = topics(station.gateway);
  const client = mqtt.connect({
    host,
    port,
    protocolVersion: 4,
    // Two verbs at once would else cut each other off: the broker has one connection a client id.
    clientId: `${name}/${request.id}`,
    username: name,
    password: secret,
    reconnectPeriod: 0,
    connectTimeout: CONNECT_MS_MAX,
  });
  const answer = Promise.withResolvers<Response>();
  const unreached = (cause?: Error) => answer.reject(new GatewayError('GATEWAY_NOT_REACHED', undefined, { cause }));
  const deadline = setTimeout(unreached, ANSWER_MS_MAX);
  client.on('error', unreached);
  client.on('close', () => unreached());
  client.on('message', (_, body) => {
    const response = parseResponse(body);
    if (response?.id === request.id) answer.resolve(response);
  });
  client.on('connect', () => {
    client.subscribe(names.response(name), () => client.publish(names.request, JSON.stringify(request), { qos: 1 }));
  });
  try {
    return await answer.promise;
  } finally {
    clearTimeout(deadline);
    client.end(true);
  }
}

function parseResponse(body: Uint8Array): Response | undefined {
  try {
    return responseSchema.parse(JSON.parse(Buffer.from(body).toString('utf8')));
  } catch {
    // Nothing that the gateway says; the deadline ends the wait.
    return undefined;
  }
}
