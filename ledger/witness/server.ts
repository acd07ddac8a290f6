// SPDX-License-Identifier: Apache-2.0
/**
 * The witness on HTTP: POST /add-checkpoint and GET /<origin hash>/checkpoint as C2SP tlog-witness has them, and GET / for people: the
 * key of the witness, the keys of the logs it knows (so that a log's key can be had outside the clinic) and the heads it holds.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bytesToHex } from '../codec/hex.ts';
import { nodeCrypto } from '../crypto/node.ts';
import { formatVerifierKey } from '../log/note.ts';
import { WitnessError } from './errors.ts';
import { RateLimit } from './rate-limit.ts';
import { MAX_REQUEST_BYTES } from './request.ts';
import type { Witness, WitnessAnswer } from './witness.ts';
import { originHash } from './witness-store.ts';

export interface WitnessServerOptions {
  readonly witness: Witness;
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  readonly monotonicMs: () => number;
  /** A request that ended in an error nobody expected. */
  readonly onError: (error: unknown) => void;
}

export interface WitnessServer extends AsyncDisposable {
  readonly port: number;
  /** Named counters, those of the witness included. */
  counters(): Readonly<Record<string, number>>;
}

const MAX_CONNECTIONS = 128;
/** Headers and body must be there by then. */
const REQUEST_TIMEOUT_MS = 5_000;
/** How often node looks for requests that are late. */
const CHECK_MS = 1_000;
const CHECKPOINT_PATH = /^\/([0-9a-f]{64})\/checkpoint$/;
const PLAIN = 'text/plain; charset=utf-8';

type Counter = 'rateLimited' | 'tooLarge' | 'failed';

/** Starts to listen. Throws WITNESS_PORT. */
export async function startWitnessServer(options: WitnessServerOptions): Promise<WitnessServer> {
  const counters: Record<Counter, number> = { rateLimited: 0, tooLarge: 0, failed: 0 };
  const limit = new RateLimit();
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, connectionsCheckingInterval: CHECK_MS },
    (request, response) => {
      if (!limit.take(request.socket.remoteAddress ?? '', options.monotonicMs())) {
        counters.rateLimited += 1;
        return send(response, 429, PLAIN, 'Too many requests.\n');
      }
      respond(request, response, options.witness, counters).catch((error: unknown) => {
        counters.failed += 1;
        options.onError(error);
        response.destroy();
      });
    },
  );
  server.maxConnections = MAX_CONNECTIONS;
  try {
    await once(server.listen(options.port, options.host), 'listening');
  } catch (cause) {
    throw new WitnessError('WITNESS_PORT', `${options.host}:${options.port}`, { cause });
  }
  return {
    port: (server.address() as AddressInfo).port,
    counters: () => ({ ...counters, ...options.witness.counters() }),
    [Symbol.asyncDispose]: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  witness: Witness,
  counters: Record<Counter, number>,
): Promise<void> {
  const path = new URL(request.url ?? '', 'http://witness').pathname;
  if (path === '/add-checkpoint') {
    if (request.method !== 'POST') return send(response, 405, PLAIN, 'Only POST.\n');
    const body = await readBody(request);
    if (body) return sendAnswer(response, await witness.addCheckpoint(body));
    counters.tooLarge += 1;
    response.setHeader('connection', 'close');
    return send(response, 413, PLAIN, `At most ${MAX_REQUEST_BYTES} bytes.\n`);
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, PLAIN, 'Only GET.\n');
  if (path === '/') return send(response, 200, PLAIN, aboutPage(witness));
  const [, hash] = CHECKPOINT_PATH.exec(path) ?? [];
  const log = witness.logs.find(({ name }) => originHash(name, nodeCrypto) === hash);
  const head = log && witness.head(log.name);
  return head ? send(response, 200, PLAIN, head.note) : send(response, 404, PLAIN, 'There is nothing here.\n');
}

function sendAnswer(response: ServerResponse, answer: WitnessAnswer): void {
  if (answer.status === 200) send(response, 200, PLAIN, answer.line);
  else if (answer.status === 409) send(response, 409, 'text/x.tlog.size', `${answer.size}\n`);
  else send(response, answer.status, PLAIN, `${WORDS[answer.status]}\n`);
}

const WORDS = {
  400: 'The request is malformed, or the old size is above that of the checkpoint.',
  403: 'The checkpoint is not signed by the key that this witness knows for the log.',
  404: 'This witness does not know the log.',
  422: 'The checkpoint is not proved to extend the one that this witness holds.',
  503: 'The witness has too much to do, or has stopped.',
} as const;

function aboutPage(witness: Witness): string {
  const logs = witness.logs.map((log) => {
    const head = witness.head(log.name);
    const held = head ? `holds ${head.size} entries, root ${bytesToHex(head.root)}` : 'holds nothing yet';
    return `log ${formatVerifierKey(log)}\n  ${held}\n  ${originHash(log.name, nodeCrypto)}/checkpoint\n`;
  });
  return `Lamplight witness\nwitness ${formatVerifierKey(witness.key)}\n${logs.join('')}`;
}

/** The body, or undefined if it is larger than a request can be. */
async function readBody(request: IncomingMessage): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Not destroyed on the way out, or the answer could not be sent; the connection ends with it.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    bytes += (chunk as Uint8Array).length;
    if (bytes > MAX_REQUEST_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}
