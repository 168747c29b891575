import type { Server } from 'node:https';
import { fastify, type FastifyInstance } from 'fastify';
import type { AdmissionReason } from '#contract/admission.ts';
import type { Logger } from '#runtime/logger.ts';
import { badRequestStatuses, type Metrics } from '#runtime/metrics.ts';
import { admit, type AdmissionContext } from './admit.ts';
import type { ServingCertificate } from './certificates/material.ts';
import { buildResponse, parseReview, type AdmissionOutcome, type AdmissionRequest } from './review.ts';

/** Where the webhook configuration points. */
export const mutatePath = '/mutate';

/** Bytes. A review carries an object of up to 3 MiB, JSON-escaped and with its old version; etcd bounds it at about 7. */
const maximumBodyBytes = 8 * 1_048_576;

/** Below the API server's own timeout of 3 s. Deciding is synchronous and bounded, so only a slow sender can reach it. */
const requestDeadlineMilliseconds = 2_000;

/** Node looks for requests past their deadline only this often; its default of 30 s would make the deadline void. */
const deadlineCheckMilliseconds = 250;

/** The API server speaks it since Go 1.12; nothing older has a reason to call us. */
export const minimumTlsVersion = 'TLSv1.3';

export interface ServerParts {
  /** Read anew at each request: a plain look into memory, never I/O. */
  readonly context: () => AdmissionContext;
  readonly certificate: ServingCertificate | undefined;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/** The HTTPS server for AdmissionReviews. It fails open: only a body that is no review is answered with an error. */
export function makeServer(parts: ServerParts): FastifyInstance<Server> {
  const { context, certificate, log, metrics } = parts;
  const server = fastify({
    logger: false,
    bodyLimit: maximumBodyBytes,
    requestTimeout: requestDeadlineMilliseconds,
    // A draining server still answers on connections that are open: the API server has no other to try.
    return503OnClosing: false,
    https: {
      ...certificate,
      minVersion: minimumTlsVersion,
      handshakeTimeout: requestDeadlineMilliseconds,
      headersTimeout: requestDeadlineMilliseconds,
      connectionsCheckingInterval: deadlineCheckMilliseconds,
    },
  });

  // A pod may have keys such as __proto__ or constructor: they stay plain data, since nothing here merges objects.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser(
    'application/json',
    { parseAs: 'string' },
    server.getDefaultJsonParser('ignore', 'ignore'),
  );

  server.post(mutatePath, (request, reply) => {
    const parsed = parseReview(request.body);
    if ('problem' in parsed) {
      countBadRequest(metrics, 400);
      return reply.code(400).send({ error: parsed.problem });
    }
    const outcome = admitOpenly(parsed.request, context(), log);
    record(parsed.request, outcome, log, metrics);
    return reply.send(buildResponse(parsed.request.uid, outcome));
  });

  server.addHook('onResponse', (_request, reply, done) => {
    metrics.observe('autopilot_admission_seconds', {}, reply.elapsedTime / 1000);
    done();
  });

  server.setErrorHandler<Error & { readonly statusCode?: number }>((error, _request, reply) => {
    const status = error.statusCode ?? 500;
    countBadRequest(metrics, status);
    log.warn({ err: error, status }, 'request refused');
    return reply.code(status).send({ error: error.message });
  });

  return server;
}

/** Whatever goes wrong inside, the pod goes through unchanged and is counted. */
function admitOpenly(request: AdmissionRequest, context: AdmissionContext, log: Logger): AdmissionOutcome {
  try {
    return admit(request, context);
  } catch (cause) {
    log.error({ err: cause, uid: request.uid }, 'admission failed');
    return { reason: 'internal-error', patch: [], warnings: [] };
  }
}

function record(request: AdmissionRequest, outcome: AdmissionOutcome, log: Logger, metrics: Metrics): void {
  const reason: AdmissionReason = outcome.reason;
  metrics.increment('autopilot_admission_reviews_total', { reason });
  const { uid, namespace, name, dryRun } = request;
  log.info({ uid, namespace, pod: name, dryRun, reason }, 'pod reviewed');
}

function countBadRequest(metrics: Metrics, status: number): void {
  const known = badRequestStatuses.find((candidate) => candidate === String(status));
  metrics.increment('autopilot_admission_bad_requests_total', { status: known ?? 'other' });
}
