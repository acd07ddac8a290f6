// SPDX-License-Identifier: Apache-2.0
/** History: trends and proofs for a nurse, the access log for an auditor. Nothing is opened before its access is on record (I10). */
import type { FastifyRequest } from 'fastify';
import * as z from 'zod';
import { WorkerCallError } from '../../gateway/index.ts';
import {
  ACCESSES_MAX,
  accessesSchema,
  correctionsSchema,
  correctSchema,
  loggedSchema,
  type ProvableCorrection,
  staySchema,
  withdrawCorrectionSchema,
} from '../../gateway/messages.ts';
import { DashboardError } from '../errors.ts';
import type { Command } from '../gateway-link.ts';
import { type Route, type RouteDeps, sessionOf } from './route.ts';
import { parsed } from './session-routes.ts';

const DAY_MS = 86_400_000;
const RANGE_MS_MAX = 8 * DAY_MS;
/** A proof is looked for in the batches that hold this moment. */
const moment = z.coerce.number().int().min(0).max(8.64e15);
const stayParams = z.strictObject({ stay: staySchema });
const rangeQuery = z
  .strictObject({ from: moment, to: moment })
  .refine(({ from, to }) => from < to && to - from <= RANGE_MS_MAX);
const ID = /^[a-z0-9][a-z0-9-]{1,31}\/[0-9a-f]{16}\/\d{1,15}$/;
const proofQuery = z.strictObject({ id: z.string().regex(ID), at: moment });
const withdrawalBody = withdrawCorrectionSchema.pick({ correction: true, why: true });
const correctionBody = correctSchema.pick({ fromMs: true, toMs: true, vital: true, reason: true, why: true });

export const HISTORY_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    url: '/stays/:stay/trend',
    access: ['nurse'],
    /** JSON of a Trend (dashboard/history/trend.ts). */
    handle: async (request, reply, deps) => {
      const { stay } = ownStay(request, deps);
      const { from: fromMs, to: toMs } = parsed(rangeQuery, request.query);
      const { head, corrections } = await logAccess(request, deps, { stay, fromMs, toMs, purpose: 'trend' });
      const question = { stay, fromMs, toMs, head, corrections };
      return reply.type('application/json').send(await opened(deps.history.trend(question)));
    },
  },
  {
    method: 'POST',
    url: '/stays/:stay/corrections',
    access: ['nurse'],
    handle: say((body) => ({ command: 'correct', ...parsed(correctionBody, body) })),
  },
  {
    method: 'POST',
    url: '/stays/:stay/corrections/withdraw',
    access: ['nurse'],
    handle: say((body) => ({ command: 'withdraw-correction', ...parsed(withdrawalBody, body) })),
  },
  {
    method: 'GET',
    url: '/stays/:stay/proof',
    access: ['nurse'],
    /** { proof: text of the proof file, vkey: the log's key as the station knows it }. */
    handle: async (request, _reply, deps) => {
      const { stay } = ownStay(request, deps);
      const { id, at: atMs } = parsed(proofQuery, request.query);
      const { corrections: said } = await logAccess(request, deps, {
        stay,
        fromMs: atMs,
        toMs: atMs,
        purpose: 'proof',
      });
      const corrections = said.length > 0 ? await provable(request, deps, stay) : [];
      const proof = await opened(deps.history.proof({ stay, id, atMs, corrections }));
      return { proof, vkey: await deps.history.vkey() };
    },
  },
  {
    method: 'GET',
    url: '/stays',
    access: ['auditor'],
    /** { stays: [{ stay, bed, openedMs, closedMs }] }: no names and no values. */
    handle: async (_request, _reply, { history }) => ({
      stays: (await history.stays()).filter(({ bed }) => bed !== null),
    }),
  },
  {
    method: 'GET',
    url: '/stays/:stay/accesses',
    access: ['auditor'],
    /** { accesses: Access[], more } (gateway/messages.ts), the newest first; `more`: there may be older ones that are not told. */
    handle: async (request, reply, { link }) => {
      const { stay } = parsed(stayParams, request.params);
      const answer = await link.request({ command: 'accesses', stay, by: sessionOf(request).person.name });
      if (answer.ok) {
        const { accesses } = parsed(accessesSchema, answer.result);
        return { accesses, more: accesses.length >= ACCESSES_MAX };
      }
      const { code, message, advice } = answer;
      return reply.code(409).send({ code, message, advice });
    },
  },
];

/** A stay that is on the ward now: a nurse sees values of the own ward. Throws STAY_ELSEWHERE. */
function ownStay(request: FastifyRequest, { state }: RouteDeps): { stay: string } {
  const { stay } = parsed(stayParams, request.params);
  if (!state.ward?.beds.some((bed) => bed.stay === stay)) throw new DashboardError('STAY_ELSEWHERE');
  return { stay };
}

type Saying = Extract<Command, { command: 'correct' | 'withdraw-correction' }>;
type Unsigned = Saying extends infer S ? (S extends Saying ? Omit<S, 'by' | 'stay'> : never) : never;

/** A route that says something of readings of an own stay, in the person's name. { ok: true } once it stands in the log; a refusal goes to the page as 409. */
function say(saying: (body: unknown) => Unsigned): Route['handle'] {
  return async (request, reply, deps) => {
    const { stay } = ownStay(request, deps);
    const command = { ...saying(request.body), stay, by: sessionOf(request).person.name } as Saying;
    const { ok, code, message, advice } = await deps.link.request(command);
    if (ok) return { ok };
    return reply.code(409).send({ code, message, advice });
  };
}

type LogAccess = Extract<Command, { command: 'log-access' }>;

/** Resolves once the access is durable; whatever else happens is no permission. Throws ACCESS_NOT_LOGGED. */
async function logAccess(
  request: FastifyRequest,
  { link }: RouteDeps,
  access: Omit<LogAccess, 'command' | 'by'>,
): Promise<z.infer<typeof loggedSchema>> {
  const by = sessionOf(request).person.name;
  const answer = await link.request({ command: 'log-access', by, ...access }).catch((cause: unknown) => {
    if (!(cause instanceof DashboardError)) throw cause;
    throw new DashboardError('ACCESS_NOT_LOGGED', undefined, { cause });
  });
  const logged = loggedSchema.safeParse(answer.ok ? answer.result : undefined);
  if (!logged.success) throw new DashboardError('ACCESS_NOT_LOGGED', answer.message);
  return logged.data;
}

/** What was said of readings of the stay, with its evidence. A proof without it would pass for one of a reading that nobody marked. */
async function provable(request: FastifyRequest, { link }: RouteDeps, stay: string): Promise<ProvableCorrection[]> {
  const answer = await link.request({ command: 'corrections', by: sessionOf(request).person.name, stay });
  const { success, data } = correctionsSchema.safeParse(answer.ok ? answer.result : undefined);
  if (!success) throw new DashboardError('HISTORY_UNREACHABLE', answer.message);
  return data.corrections;
}

/** What the worker found wrong is said in its own words. */
async function opened<T>(answer: Promise<T>): Promise<T> {
  return answer.catch((cause: unknown) => {
    if (!(cause instanceof WorkerCallError) || cause.code === undefined) throw cause;
    if (cause.code === 'READING_NOT_SEALED') throw new DashboardError('READING_NOT_SEALED');
    // A store that is away must not sound like a record that was altered.
    if (cause.class === 'transient') throw new DashboardError('HISTORY_UNREACHABLE', cause.code, { cause });
    throw new DashboardError('HISTORY_REFUSED', `${cause.message} ${cause.code}`, { cause });
  });
}
