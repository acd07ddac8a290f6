// SPDX-License-Identifier: Apache-2.0
/**
 * What a station may ask: a snapshot, and the commands that put sensors and people together. One at a time, in order, but for what may wait
 * for the log: that has a queue of its own.
 */
import { CodedError } from '../../ledger/index.ts';
import type { DataPath } from '../data-path.ts';
import { GATEWAY_ERRORS, GatewayError } from '../errors.ts';
import type { LedgerDesk } from '../ledger/ledger-desk.ts';
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
  /** Accesses, consents and corrections. */
  readonly ledger: Pick<
    LedgerDesk,
    'logAccess' | 'grant' | 'revoke' | 'consents' | 'correct' | 'withdrawCorrection' | 'corrections'
  >;
  /** Canonical bytes of the readings of a stay that are in no sealed batch yet. */
  readonly openReadings: (stay: string) => Promise<readonly Uint8Array[]>;
  /** Accesses to a stay, the newest first. */
  readonly accessesOf: (stay: string) => Promise<readonly Access[]>;
  /** Something of the ward changed. */
  readonly onChange: () => void;
}

/** What holds only once it stands in the log, and what asks the ledger: neither may hold up an admission, whatever state the log is in. */
const QUEUES: { readonly [command in Request['command']]?: 'log' | 'ledger' } = {
  'consent-grant': 'log',
  'consent-revoke': 'log',
  correct: 'log',
  'log-access': 'ledger',
  consents: 'ledger',
  corrections: 'ledger',
  accesses: 'ledger',
};

type WardCommand = Extract<Request, { command: 'admit' | 'link' | 'unlink' | 'transfer' | 'discharge' }>;

export class Control {
  readonly #deps: ControlDeps;
  readonly #work = new Map<'ward' | 'log' | 'ledger', Promise<unknown>>();

  constructor(deps: ControlDeps) {
    this.#deps = deps;
  }

  /** Answers one request; undefined for a body that is none (then there is nobody to answer). */
  async answer(payload: Uint8Array): Promise<{ to: string; response: Response } | undefined> {
    const request = parsed(payload);
    if (!request) return undefined;
    const queue = QUEUES[request.command] ?? 'ward';
    const before = this.#work.get(queue) ?? Promise.resolve();
    const done = before.then(() => this.#run(request));
    this.#work.set(
      queue,
      done.catch(() => {}),
    );
    return { to: request.from, response: await done.catch((error: unknown) => refusal(request.id, error)) };
  }

  async #run(request: Request): Promise<Response> {
    const result = await this.#resultOf(request);
    return { id: request.id, ok: true, ...(result !== undefined && { result }) };
  }

  /** What a question is answered with; undefined for a command that is done. */
  async #resultOf(request: Request): Promise<unknown> {
    const { ledger, accessesOf, dataPath, onChange } = this.#deps;
    switch (request.command) {
      case 'snapshot':
        return this.#snapshot();
      case 'log-access':
        return this.#logAccess(request);
      case 'accesses':
        return { accesses: await accessesOf(request.stay) };
      case 'consent-grant':
        return ledger.grant(request);
      case 'consent-revoke':
        return ledger.revoke(request);
      case 'consents':
        return ledger.consents();
      case 'correct':
        await ledger.correct(request);
        dataPath.corrected(request);
        return undefined;
      case 'withdraw-correction':
        return this.#withdrawCorrection(request);
      case 'corrections':
        return { corrections: await ledger.corrections(request.stay) };
      default:
        await dataPath.change((ward) => this.#plan(ward, request));
        onChange();
        return undefined;
    }
  }

  async #withdrawCorrection(request: Extract<Request, { command: 'withdraw-correction' }>): Promise<void> {
    const { ledger, dataPath } = this.#deps;
    const stay = await ledger.withdrawCorrection(request);
    const said = await ledger.corrections(stay);
    const standing = said.filter(({ withdrawn }) => withdrawn === null);
    dataPath.restored(
      stay,
      standing.map((one) => ({ ...one, stay })),
    );
  }

  /** What is not sealed yet goes along with the entry, so that it cannot be had without one (I10). */
  async #logAccess(request: Extract<Request, { command: 'log-access' }>) {
    const { id } = await this.#deps.ledger.logAccess(request);
    const head = request.purpose === 'trend' ? await this.#deps.openReadings(request.stay) : [];
    // A board that is open shows no history: what was said of readings is not asked for.
    const all = request.purpose === 'board' ? [] : await this.#deps.ledger.corrections(request.stay);
    const corrections = all
      .filter(({ fromMs, toMs }) => fromMs <= request.toMs && toMs >= request.fromMs)
      .map(({ entries: _entries, ...said }) => said);
    return { access: id, head: head.map((bytes) => Buffer.from(bytes).toString('base64')), corrections };
  }

  #plan(ward: Ward, request: WardCommand): WardChange[] {
    mustBeAsSeen(ward, request);
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

/** A person acts on the patient on a screen; by now another may lie there, or wear the sensor. Throws STAY_CHANGED. */
function mustBeAsSeen(ward: Ward, request: WardCommand): void {
  if (request.command === 'admit' || request.stay === undefined) return;
  const stay = request.command === 'unlink' ? ward.openLinkOf(request.device)?.stay : ward.openStayOn(request.bed)?.id;
  if (stay !== undefined && stay !== request.stay) throw new GatewayError('STAY_CHANGED');
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
