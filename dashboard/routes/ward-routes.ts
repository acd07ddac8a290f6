// SPDX-License-Identifier: Apache-2.0
/** The ward: the live feed, and the commands that a nurse or a technician sends to the gateway. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { bedSchema, handleSchema, staySchema } from '../../gateway/messages.ts';
import type { Command } from '../gateway-link.ts';
import { type Route, type RouteDeps, sessionOf } from './route.ts';
import { parsed } from './session-routes.ts';

const bedParams = z.strictObject({ bed: bedSchema });
const deviceParams = z.strictObject({ handle: handleSchema });
const confirm = z.boolean().optional();
const admitBody = z.strictObject({ name: z.string().max(80).optional(), device: handleSchema.optional(), confirm });
/** The patient that the nurse sees while she decides: the gateway acts on that one or on nobody. */
const seen = { stay: staySchema };
const linkBody = z.strictObject({ ...seen, device: handleSchema, confirm });
const transferBody = z.strictObject({ ...seen, to: bedSchema });
const dischargeBody = z.strictObject(seen);
/** A technician takes a sensor off without knowing whose it is. */
const unlinkBody = z.strictObject({ stay: staySchema.optional() });

export const WARD_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    url: '/live',
    access: ['nurse'],
    feed: true,
    handle: (_request, reply) => reply.code(426).send(),
  },
  {
    method: 'POST',
    url: '/beds/:bed/admit',
    access: ['nurse'],
    handle: ask((request) => ({
      command: 'admit',
      ...parsed(bedParams, request.params),
      ...parsed(admitBody, request.body),
    })),
  },
  {
    method: 'POST',
    url: '/beds/:bed/link',
    access: ['nurse'],
    handle: ask((request) => ({
      command: 'link',
      ...parsed(bedParams, request.params),
      ...parsed(linkBody, request.body),
    })),
  },
  {
    method: 'POST',
    url: '/beds/:bed/transfer',
    access: ['nurse'],
    handle: ask((request) => ({
      command: 'transfer',
      ...parsed(bedParams, request.params),
      ...parsed(transferBody, request.body),
    })),
  },
  {
    method: 'POST',
    url: '/beds/:bed/discharge',
    access: ['nurse'],
    handle: ask((request) => ({
      command: 'discharge',
      ...parsed(bedParams, request.params),
      ...parsed(dischargeBody, request.body),
    })),
  },
  {
    method: 'POST',
    url: '/devices/:handle/unlink',
    access: ['nurse', 'technician'],
    handle: ask((request) => ({
      command: 'unlink',
      device: parsed(deviceParams, request.params).handle,
      ...parsed(unlinkBody, request.body),
    })),
  },
];

type Question = Command extends infer C ? (C extends Command ? Omit<C, 'by'> : never) : never;

/** A route that asks the gateway in the person's name. The gateway decides; its refusal goes to the page as 409 with code, message, advice. */
function ask(question: (request: FastifyRequest) => Question): Route['handle'] {
  return async (request: FastifyRequest, reply: FastifyReply, { link }: RouteDeps) => {
    const command = { ...question(request), by: sessionOf(request).person.name } as Command;
    const { ok, code, message, advice } = await link.request(command);
    if (ok) return { ok };
    return reply.code(409).send({ code, message, advice });
  };
}
