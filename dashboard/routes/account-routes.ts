// SPDX-License-Identifier: Apache-2.0
/** Accounts for the administrator, devices for the technician. Neither shows a value or a patient. */
import * as z from 'zod';
import { ROLES, type Role } from '../accounts/role.ts';
import { type Route, type RouteDeps, sessionOf } from './route.ts';
import { parsed } from './session-routes.ts';

const name = z.string().min(1).max(64);
const roles = z.array(z.enum(ROLES)).min(1).max(ROLES.length);
const inviteBody = z.strictObject({ name, roles });
const rolesBody = z.strictObject({ roles });
const nameParams = z.strictObject({ name });
const emptyBody = z.strictObject({});

export const ACCOUNT_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    url: '/accounts',
    access: ['administrator'],
    /** { people: Person[] }, by name. */
    handle: (_request, _reply, { accounts }) => ({ people: accounts.people() }),
  },
  {
    method: 'POST',
    url: '/accounts',
    access: ['administrator'],
    /** { path }: the link to hand over, told this once. Its fragment never reaches a server. */
    handle: (request, _reply, { accounts }) => {
      const { person: inviter } = sessionOf(request);
      const person = { ...parsed(inviteBody, request.body), ward: inviter.ward };
      return { path: `/claim#${accounts.invite(person, inviter.name)}/${encodeURIComponent(person.name)}` };
    },
  },
  {
    method: 'POST',
    url: '/accounts/:name/roles',
    access: ['administrator'],
    handle: (request, _reply, { accounts, hub }) => {
      const wanted: readonly Role[] = parsed(rolesBody, request.body).roles;
      accounts.setRoles(parsed(nameParams, request.params).name, wanted);
      hub.beat();
      return { people: accounts.people() };
    },
  },
  {
    method: 'POST',
    url: '/accounts/:name/remove',
    access: ['administrator'],
    handle: (request, _reply, { accounts, hub }) => {
      parsed(emptyBody, request.body);
      accounts.removeAccount(parsed(nameParams, request.params).name);
      hub.beat();
      return { people: accounts.people() };
    },
  },
  {
    method: 'GET',
    url: '/devices',
    access: ['technician'],
    handle: (_request, _reply, deps) => devicesOf(deps),
  },
];

/**
 * { devices, wardMs }: link, trust and when last heard; whose they are is not a technician's business. While the gateway is not heard
 * nobody knows whether a device is connected.
 */
export function devicesOf({ state, monotonicMs }: Pick<RouteDeps, 'state' | 'monotonicMs'>) {
  const { wardMs, gateway } = state.beat(monotonicMs());
  const linkNow = (link: 'up' | 'down') => (gateway === 'up' ? link : 'unknown');
  const devices = (state.ward?.devices ?? []).map(({ stay: _, ...device }) => ({
    ...device,
    link: linkNow(device.link),
  }));
  return { wardMs, devices };
}
