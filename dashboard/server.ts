// SPDX-License-Identifier: Apache-2.0
/** The web server: the route table behind one gate that knows where a request comes from, who sent it and what that person may do. */
import fastifyStatic from '@fastify/static';
import fastifyWebsocket, { type WebSocket } from '@fastify/websocket';
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { DASHBOARD_ERRORS, DashboardError } from './errors.ts';
import { type Access, type Route, type RouteDeps, sessionOf, tokenOf } from './routes/route.ts';
import { ROUTES } from './routes/table.ts';

const BODY_BYTES_MAX = 4 * 1024;
const PARAM_CHARACTERS_MAX = 64;
const REQUEST_MS_MAX = 10_000;
/** A page says nothing over its socket; anything longer than this closes it. */
const SOCKET_MESSAGE_BYTES_MAX = 1024;
const CLOSE_GOING_AWAY = 1001;
const FAREWELL_MS_MAX = 1_000;
/** Names under which this machine may be addressed: a foreign name that points here (DNS rebinding) is refused. */
const HOST_NAMES = ['127.0.0.1', 'localhost'];

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
} as const;

export interface ServerOptions extends RouteDeps {
  /** Absolute path of the built page. */
  readonly pageDir: string;
  /** Told of a fault of ours: route and error name, never a value or a text from outside. */
  readonly onFault: (fault: { readonly route: string; readonly error: string }) => void;
}

/** Builds the server; the caller listens and closes it. */
export async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const server = fastify({
    bodyLimit: BODY_BYTES_MAX,
    requestTimeout: REQUEST_MS_MAX,
    routerOptions: { maxParamLength: PARAM_CHARACTERS_MAX },
    forceCloseConnections: true,
  });
  server.decorateRequest('session', null);
  // Before our gate: its own hook is what ends the connection of a refused upgrade.
  await server.register(fastifyWebsocket, {
    options: { maxPayload: SOCKET_MESSAGE_BYTES_MAX, perMessageDeflate: false },
    preClose: () => closeSockets(server),
  });
  server.addHook('onRequest', async (request, reply) => {
    reply.headers(SECURITY_HEADERS);
    // For all but the hashed assets, whose route replaces it: nothing of the ward stays in a browser's cache.
    reply.header('cache-control', 'no-store');
    refuseForeign(request);
    const token = tokenOf(request);
    request.session = token === null ? null : options.accounts.useSession(token);
    refuseByRole(request, request.routeOptions.config.access, options.ward);
    if (request.routeOptions.url === '/live') options.hub.refuseIfFull(sessionOf(request));
  });
  server.setErrorHandler((error: FastifyError, request, reply) => answerError(error, request, reply, options));
  server.setNotFoundHandler((_request, reply) => reply.code(404).send({ code: 'NOT_FOUND' }));
  await server.register(fastifyStatic, { root: options.pageDir, serve: false, cacheControl: true });
  for (const route of ROUTES) addRoute(server, route, options);
  return server;
}

function addRoute(server: FastifyInstance, route: Route, deps: ServerOptions): void {
  const { method, url, access } = route;
  const config = { access };
  const handler = (request: FastifyRequest, reply: FastifyReply) => route.handle(request, reply, deps);
  if (route.feed !== true) {
    server.route({ method, url, config, handler });
    return;
  }
  const wsHandler = (socket: WebSocket, request: FastifyRequest) => {
    const remove = deps.hub.add(socket, tokenOf(request) ?? '', sessionOf(request));
    socket.on('close', remove);
  };
  server.route({ method: 'GET', url, config, handler, wsHandler });
}

/** Says goodbye to every board, and leaves those that do not answer. */
async function closeSockets({ websocketServer }: FastifyInstance): Promise<void> {
  for (const socket of websocketServer.clients) socket.close(CLOSE_GOING_AWAY);
  const leave = setTimeout(() => {
    for (const socket of websocketServer.clients) socket.terminate();
  }, FAREWELL_MS_MAX);
  await new Promise<void>((resolve) => websocketServer.close(() => resolve()));
  clearTimeout(leave);
}

/** Same host and same origin; what changes something also carries a header that no foreign form can send. */
function refuseForeign(request: FastifyRequest): void {
  const changes = request.method !== 'GET' && request.method !== 'HEAD';
  const upgrades = request.headers.upgrade !== undefined;
  const { origin, host = '' } = request.headers;
  if (!HOST_NAMES.includes(host.replace(/:\d+$/, ''))) throw new DashboardError('ORIGIN_REFUSED');
  if ((changes || upgrades || origin !== undefined) && origin !== `http://${host}`)
    throw new DashboardError('ORIGIN_REFUSED');
  if (changes && request.headers['x-lamplight'] !== '1') throw new DashboardError('ORIGIN_REFUSED');
}

/** A route without access, and an address without route, are open to nobody. */
function refuseByRole(request: FastifyRequest, access: Access | undefined, ward: string): void {
  if (access === 'anyone') return;
  const { person } = sessionOf(request);
  if (access === 'signed-in' || request.is404) return;
  if (!access?.some((role) => person.roles.includes(role))) throw new DashboardError('ROLE_REFUSED');
  if (person.ward !== '' && person.ward !== ward) throw new DashboardError('WARD_REFUSED');
}

function answerError(
  error: FastifyError,
  request: FastifyRequest,
  reply: FastifyReply,
  { onFault }: ServerOptions,
): FastifyReply {
  if (error instanceof DashboardError) {
    return reply.code(error.status).send({ code: error.code, message: error.message, advice: error.advice });
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    const { message, advice } = DASHBOARD_ERRORS.REQUEST_MALFORMED;
    return reply.code(error.statusCode).send({ code: 'REQUEST_MALFORMED', message, advice });
  }
  onFault({ route: request.routeOptions.url ?? '', error: error.code ?? error.name });
  return reply.code(500).send({ code: 'INTERNAL' });
}
