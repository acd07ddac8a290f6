// SPDX-License-Identifier: Apache-2.0
/** The page itself, which holds nothing of the ward, and the health check. */
import type { Route } from './route.ts';

export const PAGE_ROUTES: readonly Route[] = [
  {
    method: 'GET',
    url: '/',
    access: 'anyone',
    handle: (_request, reply) => reply.sendFile('index.html', { maxAge: 0 }),
  },
  {
    method: 'GET',
    url: '/claim',
    access: 'anyone',
    handle: (_request, reply) => reply.sendFile('index.html', { maxAge: 0 }),
  },
  {
    method: 'GET',
    url: '/assets/:file',
    access: 'anyone',
    handle: (request, reply) => {
      const { file } = request.params as { file: string };
      // Their names hold a hash of their content.
      return reply.sendFile(`assets/${file}`, { maxAge: '1y', immutable: true });
    },
  },
  {
    method: 'GET',
    url: '/healthz',
    access: 'anyone',
    handle: (_request, _reply, { state, monotonicMs }) => ({
      status: 'ok',
      gateway: state.beat(monotonicMs()).gateway,
    }),
  },
];
