// SPDX-License-Identifier: Apache-2.0
/** What a technician and a monitoring system ask of a gateway, on loopback only: /healthz, /metrics, and the log's public files. */
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { GatewayError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import type { Health } from './health.ts';

export interface OperationsOptions {
  readonly host: string;
  /** 0 takes any free one. */
  readonly port: number;
  /** Folder of the log; only its published files are served. */
  readonly logDirectory: string;
  /** What everybody gets as the log's checkpoint: the newest head (default), or the newest that the homes outside the box have accepted. */
  readonly checkpointFile?: 'checkpoint' | 'anchored';
  readonly metrics: Metrics;
  readonly log: Log;
  /** Brings the gauges up to date and says how the gateway is. */
  readonly health: () => Health;
}

export interface OperationsServer extends AsyncDisposable {
  readonly port: number;
}

/** C2SP tlog-tiles: checkpoint, tiles and entry bundles, whole or partial. Nothing else of the folder has a name here. */
const PUBLISHED = /^\/log\/(checkpoint|tile\/(?:entries|\d{1,2})\/(?:x\d{3}\/)*\d{3}(?:\.p\/\d{1,3})?)$/;
/** Requests come from scrapers and auditors on this machine: few, and small. */
const MAX_CONNECTIONS = 32;
const REQUEST_TIMEOUT_MS = 10_000;

/** Starts to listen. Throws OPERATIONS_PORT. */
export async function startOperationsServer(options: OperationsOptions): Promise<OperationsServer> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    answer(request, response, options).catch((error: unknown) => {
      options.metrics.count('operations_failures_total');
      options.log.warn('operations-request-failed', { error });
      response.destroy();
    });
  });
  server.maxConnections = MAX_CONNECTIONS;
  try {
    await once(server.listen(options.port, options.host), 'listening');
  } catch (cause) {
    throw new GatewayError('OPERATIONS_PORT', `${options.host}:${options.port}`, { cause });
  }
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, options: OperationsOptions): Promise<void> {
  const path = new URL(request.url ?? '/', 'http://gateway').pathname;
  if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'text/plain', 'Only GET.\n');
  if (path === '/healthz') {
    const health = options.health();
    return send(response, health.ok ? 200 : 503, 'application/json', `${JSON.stringify(health)}\n`);
  }
  if (path === '/metrics') {
    options.health();
    return send(response, 200, 'text/plain; version=0.0.4; charset=utf-8', await options.metrics.text());
  }
  const [, file] = PUBLISHED.exec(path) ?? [];
  if (file === undefined) return send(response, 404, 'text/plain', 'There is nothing here.\n');
  if (file !== 'checkpoint') return sendFile(response, join(options.logDirectory, file), false);
  return sendFile(response, join(options.logDirectory, options.checkpointFile ?? file), true);
}

function send(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
}

/** Tiles never change once they are whole, but a partial one may go; a checkpoint is always asked for anew. */
async function sendFile(response: ServerResponse, path: string, isCheckpoint: boolean): Promise<void> {
  try {
    // Its size is asked of the open file: the name may stand for the next checkpoint a moment later.
    await using file = await open(path);
    const { size, mtime } = await file.stat();
    response.writeHead(200, {
      'content-type': isCheckpoint ? 'text/plain; charset=utf-8' : 'application/octet-stream',
      'content-length': size,
      'last-modified': mtime.toUTCString(),
      'cache-control': isCheckpoint ? 'no-store' : 'public, max-age=86400',
    });
    await pipeline(file.createReadStream({ end: Math.max(0, size - 1) }), response);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    send(response, 404, 'text/plain', 'There is nothing here.\n');
  }
}
