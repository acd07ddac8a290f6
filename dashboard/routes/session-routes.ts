// SPDX-License-Identifier: Apache-2.0
/** Coming in and going out: claim, sign-in, sign-out, and who is here. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import * as z from 'zod';
import { type AccountStore, SESSION_AGE_MS_MAX } from '../accounts/account-store.ts';
import { PASSWORD_CHARACTERS_MAX } from '../accounts/password.ts';
import { DashboardError } from '../errors.ts';
import { type Route, SESSION_COOKIE, tokenOf } from './route.ts';

const credentials = { name: z.string().min(1).max(64), password: z.string().max(PASSWORD_CHARACTERS_MAX) };
const signInBody = z.strictObject(credentials);
const claimBody = z.strictObject({ ...credentials, token: z.string().min(1).max(64) });

export const SESSION_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    url: '/session',
    access: 'anyone',
    /** { person: { name, roles } | null, claimed: boolean }: all that the sign-in page needs, and nothing of the ward. */
    handle: (request, _reply, { accounts }) => ({
      person: request.session?.person ?? null,
      claimed: accounts.hasAccounts(),
    }),
  },
  {
    method: 'POST',
    url: '/claim',
    access: 'anyone',
    handle: async (request, reply, { accounts, signIn, ward }) => {
      const { token, ...body } = parsed(claimBody, request.body);
      return comeIn(await signIn.claim(token, body, ward, request.ip), request, reply, accounts);
    },
  },
  {
    method: 'POST',
    url: '/sign-in',
    access: 'anyone',
    handle: async (request, reply, { accounts, signIn }) => {
      return comeIn(await signIn.signIn(parsed(signInBody, request.body), request.ip), request, reply, accounts);
    },
  },
  {
    method: 'POST',
    url: '/sign-out',
    access: 'signed-in',
    handle: (request, reply, { accounts, hub }) => {
      endSession(tokenOf(request), accounts);
      hub.beat();
      setCookie(reply, '', 0);
      return { person: null };
    },
  },
];

/** @throws DashboardError REQUEST_MALFORMED */
export function parsed<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (!result.success) throw new DashboardError('REQUEST_MALFORMED', result.error.issues[0]?.path.join('.'));
  return result.data;
}

/** One browser, one person: whoever was signed in here before is not any more, on no board of this browser. */
function comeIn(session: string, request: FastifyRequest, reply: FastifyReply, accounts: AccountStore) {
  endSession(tokenOf(request), accounts);
  setCookie(reply, session, SESSION_AGE_MS_MAX / 1000);
  return { person: accounts.useSession(session)?.person ?? null };
}

function endSession(token: string | null, accounts: { endSession(token: string): void }): void {
  if (token !== null) accounts.endSession(token);
}

/** No `Secure`: on loopback there is plain HTTP only, and some browsers would then refuse the cookie. */
function setCookie(reply: FastifyReply, value: string, ageS: number): void {
  reply.header('set-cookie', `${SESSION_COOKIE}=${value}; Path=/; Max-Age=${ageS}; HttpOnly; SameSite=Strict`);
}
