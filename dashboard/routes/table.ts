// SPDX-License-Identifier: Apache-2.0
/** All routes of the dashboard in one table: what is not in it does not exist, and each says who may use it. */
import { ACCOUNT_ROUTES } from './account-routes.ts';
import { HISTORY_ROUTES } from './history-routes.ts';
import { OPERATOR_ROUTES } from './operator-routes.ts';
import { PAGE_ROUTES } from './page-routes.ts';
import type { Route } from './route.ts';
import { SESSION_ROUTES } from './session-routes.ts';
import { WARD_ROUTES } from './ward-routes.ts';

export const ROUTES: readonly Route[] = [
  ...PAGE_ROUTES,
  ...SESSION_ROUTES,
  ...WARD_ROUTES,
  ...HISTORY_ROUTES,
  ...ACCOUNT_ROUTES,
  ...OPERATOR_ROUTES,
];
