import { fastify } from 'fastify';
import { anyAddress } from './any-address.ts';
import { AutopilotError } from './errors.ts';
import type { Stoppable } from './lifecycle.ts';
import type { Metrics } from './metrics.ts';

export interface Readiness {
  /** The reason for which the process is not ready, or undefined when it is. */
  notReady(): string | undefined;
}

/**
 * Serves /livez, /readyz and /metrics over plain HTTP for the kubelet and Prometheus.
 *
 * @throws AutopilotError AP_SERVER_LISTEN when the port is taken.
 */
export async function startAdminServer(port: number, readiness: Readiness, metrics: Metrics): Promise<Stoppable> {
  const server = fastify({ logger: false, requestTimeout: 5_000, forceCloseConnections: true });
  server.get('/livez', () => 'ok\n');
  server.get('/readyz', (_request, reply) => {
    const reason = readiness.notReady();
    return reply.code(reason === undefined ? 200 : 503).send(reason === undefined ? 'ok\n' : `${reason}\n`);
  });
  server.get('/metrics', async (_request, reply) => {
    reply.type(metrics.registry.contentType);
    return await metrics.registry.metrics();
  });
  try {
    await server.listen({ host: anyAddress(), port });
  } catch (cause) {
    throw new AutopilotError('AP_SERVER_LISTEN', `admin server could not listen on port ${port}`, { cause });
  }
  return { name: 'admin-server', stop: () => server.close() };
}
