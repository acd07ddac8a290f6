// SPDX-License-Identifier: Apache-2.0
/** What a route is made of. Every route says who may use it; a route that does not say cannot be written. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { AccountStore, Session } from '../accounts/account-store.ts';
import type { Role } from '../accounts/role.ts';
import type { SignIn } from '../accounts/sign-in.ts';
import { DashboardError } from '../errors.ts';
import type { LiveHub } from '../feed/live-hub.ts';
import type { GatewayLink } from '../gateway-link.ts';
import type { History } from '../history/history.ts';
import type { Operations } from '../operations.ts';
import type { WardState } from '../ward-state.ts';

/** Who may use a route: anyone, whoever is signed in, or one of these roles on this station's own ward. */
export type Access = 'anyone' | 'signed-in' | readonly Role[];

export interface RouteDeps {
  readonly accounts: AccountStore;
  readonly signIn: SignIn;
  readonly hub: LiveHub;
  readonly state: WardState;
  readonly link: Pick<GatewayLink, 'request'>;
  readonly history: Pick<History, 'trend' | 'proof' | 'stays' | 'vkey'>;
  /** Asks the gateway's operations server; null when it does not answer. */
  readonly operations: () => Promise<Operations | null>;
  /** Name of the gateway whose ward this station shows. */
  readonly ward: string;
  readonly monotonicMs: () => number;
}

export interface Route {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly access: Access;
  /** A WebSocket: `handle` is not called, the server joins it to the hub. */
  readonly feed?: true;
  readonly handle: (request: FastifyRequest, reply: FastifyReply, deps: RouteDeps) => unknown;
}

export const SESSION_COOKIE = 'lamplight';

/** The session token a browser sent, if any. */
export function tokenOf(request: FastifyRequest): string | null {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=', 2);
    if (name === SESSION_COOKIE && value) return value;
  }
  return null;
}

/**
 * The session of a request that passed the access check for signed-in people.
 * @throws DashboardError NOT_SIGNED_IN
 */
export function sessionOf(request: FastifyRequest): Session {
  if (request.session === null) throw new DashboardError('NOT_SIGNED_IN');
  return request.session;
}

declare module 'fastify' {
  interface FastifyRequest {
    session: Session | null;
  }
  interface FastifyContextConfig {
    access?: Access;
  }
}
