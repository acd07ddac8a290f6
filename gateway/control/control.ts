// SPDX-License-Identifier: Apache-2.0
/** What a station may ask: a snapshot, and the commands that put sensors and people together. One at a time, in order. */
import { type AccessRecord, CodedError } from '../../ledger/index.ts';
import type { DataPath } from '../data-path.ts';
import { GATEWAY_ERRORS, GatewayError } from '../errors.ts';
import {
  type Access,
  type LiveMessage,
  type Request,
  type Response,
  requestSchema,
  type WardMessage,
} from '../messages.ts';
import type { Ward, WardChange } from '../ward/ward-state.ts';
import { WorkerCallError } from '../worker-calls.ts';

export interface ControlDeps {
  readonly dataPath: DataPath;
  readonly wardMs: () => number;
  readonly randomHex: (bytes: number) => string;
  readonly wardMessage: () => WardMessage;
  /** Puts an access on record; resolves when it is durable. */
  readonly logAccess: (access: Omit<AccessRecord, 'atMs'>) => Promise<{ readonly id: string }>;
  /** Canonical bytes of the readings of a stay that are in no sealed batch yet. */
  readonly openReadings: (stay: string) => Promise<readonly Uint8Array[]>;
  /** Accesses to a stay, the newest first. */
  readonly accessesOf: (stay: string) => Promise<readonly Access[]>;
  /** Something of the ward changed. */
  readonly onChange: () => void;
}

export class Control {
  readonly #deps: ControlDeps;
  #work: Promise<unknown> = Promise.resolve();

  constructor(deps: ControlDeps) {
    this.#deps = deps;
  }

  /** Answers one request; undefined for a body that is none (then there is nobody to answer). */
  async answer(payload: Uint8Array): Promise<{ to: string; response: Response } | undefined> {
    const request = parsed(payload);
    if (!request) return undefined;
    const done = this.#work.then(() => this.#run(request));
    this.#work = done.catch(() => {});
    return { to: request.from, response: await done.catch((error: unknown) => refusal(request.id, error)) };
  }

  async #run(request: Request): Promise<Response> {
    if (request.command === 'snapshot') return { id: request.id, ok: true, result: this.#snapshot() };
    if (request.command === 'log-access') return { id: request.id, ok: true, result: await this.#logAccess(request) };
    if (request.command === 'accesses') {
      return { id: request.id, ok: true, result: { accesses: await this.#deps.accessesOf(request.stay) } };
    }
    await this.#deps.dataPath.change((ward) => this.#plan(ward, request));
    this.#deps.onChange();
    return { id: request.id, ok: true };
  }

  /** What is not sealed yet goes along with the entry, so that it cannot be had without one (I10). */
  async #logAccess(request: Extract<Request, { command: 'log-access' }>) {
    const { stay, by, purpose } = request;
    const [fromMs, toMs] = [Math.round(request.fromMs), Math.round(request.toMs)];
    const { id } = await this.#deps.logAccess({ stay, by, purpose, fromMs, toMs });
    const head = purpose === 'trend' ? await this.#deps.openReadings(stay) : [];
    return { access: id, head: head.map((bytes) => Buffer.from(bytes).toString('base64')) };
  }

  #plan(ward: Ward, request: Exclude<Request, { command: 'snapshot' | 'log-access' | 'accesses' }>): WardChange[] {
    const nowMs = Math.round(this.#deps.wardMs());
    switch (request.command) {
      case 'admit': {
        if (request.device) this.#mustBeEnrolled(request.device);
        const stay = this.#deps.randomHex(16);
        const opened = ward.admit(request.bed, stay, request.name?.trim() || null, nowMs);
        return request.device
          ? [...opened, ...ward.link(request.device, stay, nowMs, request.by, request.confirm ?? false)]
          : opened;
      }
      case 'link':
        this.#mustBeEnrolled(request.device);
        return ward.link(
          request.device,
          ward.mustHaveStay(request.bed).id,
          nowMs,
          request.by,
          request.confirm ?? false,
        );
      case 'unlink':
        return ward.unlink(request.device, nowMs);
      case 'transfer':
        return ward.transfer(request.bed, request.to, nowMs);
      case 'discharge':
        return ward.discharge(request.bed, nowMs);
    }
  }

  /** A sensor that nobody enrolled would be linked and never heard: a slip, said at once. */
  #mustBeEnrolled(handle: string): void {
    if (!this.#deps.dataPath.device(handle)) throw new GatewayError('DEVICE_UNKNOWN');
  }

  #snapshot(): { ward: WardMessage; live: LiveMessage } {
    const { dataPath, wardMs, wardMessage } = this.#deps;
    return { ward: wardMessage(), live: { type: 'live', sentMs: wardMs(), readings: dataPath.live.snapshot() } };
  }
}

function parsed(payload: Uint8Array): Request | undefined {
  try {
    return requestSchema.safeParse(JSON.parse(Buffer.from(payload).toString())).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** What was coded on the other side of a worker is told as well: a full disk is not "could not be carried out". */
function refusal(id: string, error: unknown): Response {
  const isCoded = error instanceof CodedError || error instanceof WorkerCallError;
  if (isCoded && error.code !== undefined && error.advice !== undefined)
    return { id, ok: false, code: error.code, message: error.message, advice: error.advice };
  const { message, advice } = GATEWAY_ERRORS.COMMAND_FAILED;
  return { id, ok: false, code: 'COMMAND_FAILED', message, advice };
}
