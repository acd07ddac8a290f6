// SPDX-License-Identifier: Apache-2.0
/**
 * One InfluxDB server (1.x API) through the `influx` client, the only file that knows it. What can be tried again rejects with a
 * coded error; what the server refuses is an answer. Nothing of a request, and so no password, is in an error.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { type IClusterConfig, InfluxDB } from 'influx';
import * as z from 'zod';
import { GatewayError } from '../errors.ts';
import type { Timers } from '../timers.ts';

export interface InfluxOptions {
  /** http or https; a path is a prefix. */
  readonly url: string;
  readonly database: string;
  readonly username?: string;
  readonly password?: string;
  /** Real ms for one request and its whole answer; for tests. */
  readonly requestTimeoutMs?: number;
}

/** A point as the line protocol has it; the client escapes tags and quotes strings. */
export interface InfluxPoint {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string>>;
  /** Nanoseconds since 1970 in decimal: too many for a number. */
  readonly timestamp: string;
}

/** One row of a query: its series' tags, and its columns. `time` is RFC 3339 with nanoseconds. */
export interface InfluxRow {
  readonly tags: Readonly<Record<string, unknown>>;
  readonly columns: Readonly<Record<string, unknown>>;
}

const REQUEST_TIMEOUT_MS = 10_000;
const MAX_SOCKETS = 2;
/** What a server says of points that it will never take: malformed or of another type, too long, beyond retention. */
const REFUSALS = [400, 413, 422];
const TOO_MANY_REQUESTS = 429;
/** The client must not take a failed server out of its pool: waiting is the follower's, and its timer would outlive us. */
const NO_BACK_OFF = { getDelay: () => 0, next: () => NO_BACK_OFF, reset: () => NO_BACK_OFF };

export class InfluxConnection implements Disposable {
  readonly #client: InfluxDB;
  readonly #agent: HttpAgent;
  readonly #database: string;
  readonly #timers: Timers;
  readonly #timeoutMs: number;

  constructor(options: InfluxOptions, timers: Timers) {
    const url = new URL(options.url);
    const Agent = url.protocol === 'https:' ? HttpsAgent : HttpAgent;
    this.#timers = timers;
    this.#timeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    this.#database = options.database;
    this.#agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
    this.#client = new InfluxDB(clientOptions(url, options, this.#agent, this.#timeoutMs));
  }

  get database(): string {
    return this.#database;
  }

  /** True when all points are durable there. False when the server refused at least one of them; others may be durable. */
  async write(points: readonly InfluxPoint[]): Promise<boolean> {
    try {
      const mutable = points.map((point) => ({ ...point, tags: { ...point.tags }, fields: { ...point.fields } }));
      await this.#inTime(this.#client.writePoints(mutable, { precision: 'n' }));
      return true;
    } catch (error) {
      if (REFUSALS.includes(statusOf(error) ?? 0)) return false;
      throw coded(error);
    }
  }

  /** Runs InfluxQL statements in one request; the rows of each. Rejects with SERIES_QUERY_FAILED when one cannot be answered. */
  async query(statements: readonly string[]): Promise<InfluxRow[][]> {
    try {
      return rowsOf(await this.#inTime(this.#client.queryRaw([...statements], { method: 'POST' })), statements.length);
    } catch (error) {
      throw coded(error);
    }
  }

  /** The server's version. Rejects with SERIES_UNREACHABLE. */
  async version(): Promise<string> {
    const [answer] = await this.#client.ping(this.#timeoutMs);
    if (!answer?.online) throw new GatewayError('SERIES_UNREACHABLE', 'no answer to a ping');
    return String(answer.version ?? 'unknown');
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  /** The client waits for ever for an answer that breaks off, or stalls, after its first line. */
  async #inTime<T>(work: Promise<T>): Promise<T> {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const cancel = this.#timers.after(this.#timeoutMs, () => {
      this.#agent.destroy();
      reject(new GatewayError('SERIES_UNREACHABLE', `no whole answer in ${this.#timeoutMs} ms`));
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      cancel();
    }
  }
}

function clientOptions(url: URL, options: InfluxOptions, agent: HttpAgent, requestTimeout: number): IClusterConfig {
  const protocol = url.protocol === 'https:' ? 'https' : 'http';
  const port = Number(url.port || (protocol === 'https' ? 443 : 80));
  return {
    database: options.database,
    hosts: [{ host: url.hostname, port, protocol, path: url.pathname.replace(/\/$/, ''), options: { agent } }],
    pool: { requestTimeout, maxRetries: 0, backoff: NO_BACK_OFF },
    // Left undefined the client would sign in as root with the password root.
    username: options.username ?? (null as unknown as string),
    password: options.password ?? (null as unknown as string),
  };
}

function rowsOf(answer: unknown, statements: number): InfluxRow[][] {
  const parsed = answerSchema.safeParse(answer);
  if (!parsed.success) throw new GatewayError('SERIES_QUERY_FAILED', 'not an answer to a query');
  const { results } = parsed.data;
  if (results.length !== statements || results.some((result) => result.error !== undefined))
    throw new GatewayError('SERIES_QUERY_FAILED', 'the server reports an error in its answer');
  return results.map(({ series = [] }) =>
    series.flatMap(({ tags = {}, columns, values = [] }) =>
      values.map((row) => ({ tags, columns: Object.fromEntries(columns.map((name, i) => [name, row[i]])) })),
    ),
  );
}

const seriesSchema = z.object({
  tags: z.record(z.string(), z.unknown()).optional(),
  columns: z.array(z.string()),
  values: z.array(z.array(z.unknown())).optional(),
});
const answerSchema = z.object({
  results: z.array(z.object({ error: z.string().optional(), series: z.array(seriesSchema).optional() })),
});

/** The coded error for whatever the client rejected with. */
function coded(error: unknown): GatewayError {
  if (error instanceof GatewayError) return error;
  if (error instanceof SyntaxError) return new GatewayError('SERIES_QUERY_FAILED', 'not JSON');
  const status = statusOf(error);
  if (status !== undefined && status !== TOO_MANY_REQUESTS)
    return new GatewayError('SERIES_ACCESS', `status ${status}`);
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  return new GatewayError('SERIES_UNREACHABLE', code);
}

/** The HTTP status below 500 that the client rejected with. */
function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('res' in error)) return undefined;
  return (error.res as { statusCode?: number }).statusCode;
}
