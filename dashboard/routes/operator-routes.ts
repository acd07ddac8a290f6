// SPDX-License-Identifier: Apache-2.0
/** How the gateway and the devices are, for whoever looks after them. Neither a value nor a patient. */
import { devicesOf } from './account-routes.ts';
import type { Route } from './route.ts';

export const OPERATOR_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    url: '/operator',
    access: ['technician', 'administrator'],
    /** { operations: Operations | null, devices, wardMs }; null: the gateway does not answer. */
    handle: async (_request, _reply, deps) => ({ operations: await deps.operations(), ...devicesOf(deps) }),
  },
];
