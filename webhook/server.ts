import type { IncomingMessage } from 'node:http';
import https, { type Server } from 'node:https';
import { fastify, type FastifyInstance } from 'fastify';
import type { ServingCertificate } from './certificates/material.ts';
import { makeMutate, type MutateParts } from './mutate.ts';
import { makeUnusedConnections } from './unused-connections.ts';

/** Where the webhook configuration points. */
export const mutatePath = '/mutate';

/** Below the API server's own timeout of 3 s. Deciding is synchronous and bounded, so only a slow sender can reach it. */
const requestDeadlineMilliseconds = 2_000;

/** Node looks for requests past their deadline only this often; its default of 30 s would make the deadline void. */
const deadlineCheckMilliseconds = 250;

/** Longer than the API server keeps an idle connection (90 s): who closes first must be the one who asks. */
const keepAliveMilliseconds = 120_000;

/** The API server speaks it since Go 1.12; nothing older has a reason to call us. */
export const minimumTlsVersion = 'TLSv1.3';

export interface ServerParts extends MutateParts {
  readonly certificate: ServingCertificate | undefined;
}

/** The HTTPS server for AdmissionReviews: reviews go straight to {@link makeMutate}, fastify has whatever else is asked. */
export function makeServer({ certificate, ...parts }: ServerParts): FastifyInstance<Server> {
  const mutate = makeMutate(parts);
  const connections = makeUnusedConnections();
  const server = fastify({
    logger: false,
    clientErrorHandler: connections.onClientError,
    // A draining server still answers on connections that are open: the API server has no other to try.
    return503OnClosing: false,
    serverFactory: (others) => {
      const options = {
        ...certificate,
        minVersion: minimumTlsVersion,
        requestTimeout: requestDeadlineMilliseconds,
        handshakeTimeout: requestDeadlineMilliseconds,
        headersTimeout: requestDeadlineMilliseconds,
        connectionsCheckingInterval: deadlineCheckMilliseconds,
        keepAliveTimeout: keepAliveMilliseconds,
      } as const;
      const made = https.createServer(options, (request, response) => {
        if (isReview(request)) mutate.answer(request, response);
        else others(request, response);
      });
      // Of a connection on which nothing happens, not even a first request.
      return made.setTimeout(keepAliveMilliseconds);
    },
  });

  server.server.on('secureConnection', connections.opened);
  server.addHook('preClose', (done) => {
    connections.end();
    done();
  });

  // As other callers than the API server may write the same request.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', (_request, _payload, done) => done(null));
  server.post(mutatePath, (request, reply) => {
    reply.hijack();
    mutate.answer(request.raw, reply.raw);
  });

  server.setErrorHandler<Error & { readonly statusCode?: number }>((error, _request, reply) => {
    reply.hijack();
    const status = error.statusCode ?? 500;
    mutate.refuse(reply.raw, { status, message: error.message }, status >= 500 ? error : undefined);
  });

  return server;
}

/** A review as the API server sends it. */
function isReview({ method, url = '', headers }: IncomingMessage): boolean {
  const asked = url === mutatePath || url.startsWith(`${mutatePath}?`);
  return asked && method === 'POST' && headers['content-type'] === 'application/json';
}
