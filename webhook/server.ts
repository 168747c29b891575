import type { Server } from 'node:https';
import { fastify, type FastifyInstance, type FastifyReply } from 'fastify';
import { admissionReasons } from '#contract/admission.ts';
import type { Logger } from '#runtime/logger.ts';
import { badRequestStatuses } from '#runtime/metric-table.ts';
import type { Metrics } from '#runtime/metrics.ts';
import { admit, unchanged, type AdmissionContext } from './admit.ts';
import { makeBodyRoom, readBody, uidOfHead, type ReviewBody } from './body.ts';
import type { ServingCertificate } from './certificates/material.ts';
import { makeUnusedConnections } from './unused-connections.ts';
import { renderResponse, parseReview, type AdmissionOutcome, type AdmissionRequest } from './review.ts';

declare module 'fastify' {
  interface FastifyRequest {
    startedAt: number;
  }
}

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

export interface ServerLimits {
  /** A review carries an object of up to 3 MiB, JSON-escaped and with its old version; etcd bounds it at about 7. */
  readonly maximumBodyBytes: number;
  /** Of all bodies that are being received together. Memory for many large ones would end the process instead. */
  readonly maximumHeldBytes: number;
  /** Requests under way beyond which the rest is answered without a look at the pod. */
  readonly maximumInFlight: number;
  /** Age of a request after which its pod is not looked at any more, so that the answer still comes in time. */
  readonly lateMilliseconds: number;
}

const defaultLimits: ServerLimits = {
  maximumBodyBytes: 8 * 1_048_576,
  maximumHeldBytes: 32 * 1_048_576,
  maximumInFlight: 512,
  lateMilliseconds: 1_500,
};

export interface ServerParts {
  /** Read anew at each request: a plain look into memory, never I/O. */
  readonly context: () => AdmissionContext;
  readonly certificate: ServingCertificate | undefined;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** True once the process is about to end: callers are told to connect elsewhere. */
  readonly draining?: () => boolean;
  readonly limits?: Partial<ServerLimits>;
}

/** The HTTPS server for AdmissionReviews. It fails open: only a body that is no review is answered with an error. */
export function makeServer(parts: ServerParts): FastifyInstance<Server> {
  const { context, certificate, log, metrics, draining = () => false } = parts;
  const limits = { ...defaultLimits, ...parts.limits };
  const room = makeBodyRoom(limits.maximumHeldBytes);
  const connections = makeUnusedConnections();
  let inFlight = 0;
  const server = fastify({
    logger: false,
    bodyLimit: limits.maximumBodyBytes,
    requestTimeout: requestDeadlineMilliseconds,
    keepAliveTimeout: keepAliveMilliseconds,
    // Of a connection on which nothing happens, not even a first request.
    connectionTimeout: keepAliveMilliseconds,
    clientErrorHandler: connections.onClientError,
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

  server.server.on('secureConnection', connections.opened);
  server.addHook('preClose', (done) => {
    connections.end();
    done();
  });

  // When the head of a request came, in milliseconds of the process's own clock.
  server.decorateRequest('startedAt', 0);
  server.addHook('onRequest', (request, reply, done) => {
    const startedAt = performance.now();
    request.startedAt = startedAt;
    inFlight += 1;
    // Comes once, after the answer as well as after a client that went away before it.
    reply.raw.on('close', () => {
      inFlight -= 1;
      metrics.observe('autopilot_admission_seconds', {}, (performance.now() - startedAt) / 1000);
    });
    if (draining()) reply.raw.setHeader('connection', 'close');
    done();
  });

  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', (request, payload, done) => {
    const declared = Number(request.headers['content-length'] ?? 0);
    if (declared > limits.maximumBodyBytes) return done(refusal(413, 'the body is too large'));
    const options = { maximumBytes: limits.maximumBodyBytes, room, headOnly: inFlight > limits.maximumInFlight };
    readBody(payload, options, (result) => {
      if (!('problem' in result)) return done(null, result);
      return done(
        result.problem === 'broken' ? refusal(400, 'the body ended early') : refusal(413, 'the body is too large'),
      );
    });
    return undefined;
  });

  server.post(mutatePath, (request, reply) => {
    const body = request.body as ReviewBody | undefined;
    if (body !== undefined && 'head' in body) {
      const uid = uidOfHead(body.head);
      if (uid === undefined) throw refusal(429, 'too many requests');
      count({ uid }, unchanged('overloaded'), log, metrics);
      sendJson(reply, renderResponse(uid, unchanged('overloaded')));
      return;
    }
    const parsed = parseReview(parseJson(body?.whole));
    if ('problem' in parsed) throw refusal(400, parsed.problem);
    const isLate = performance.now() - request.startedAt > limits.lateMilliseconds;
    const outcome = isLate ? unchanged('overloaded') : admitOpenly(parsed.request, context, log);
    count(parsed.request, outcome, log, metrics);
    sendJson(reply, renderResponse(parsed.request.uid, outcome));
  });

  server.setErrorHandler<Error & { readonly statusCode?: number }>((error, _request, reply) => {
    const status = error.statusCode ?? 500;
    const known = badRequestStatuses.find((candidate) => candidate === String(status));
    metrics.increment('autopilot_admission_bad_requests_total', { status: known ?? 'other' });
    log.warn({ err: error, status }, 'request refused');
    // What is left of a body that is too large is not read, so nothing else can follow on this connection.
    if (status === 413) reply.header('connection', 'close');
    return reply.code(status).send({ error: error.message });
  });

  return server;
}

/** A pod may have keys such as __proto__ or constructor: they stay plain data, since nothing here merges objects. */
function parseJson(bytes: Buffer | undefined): unknown {
  if (bytes === undefined || bytes.length === 0) throw refusal(400, 'the body is empty');
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw refusal(400, 'the body is not JSON');
  }
}

/** What the error handler turns into an answer. */
function refusal(statusCode: number, message: string): Error & { readonly statusCode: number } {
  return Object.assign(new Error(message), { statusCode });
}

/** Whatever goes wrong inside, the pod goes through unchanged and is counted. */
function admitOpenly(request: AdmissionRequest, context: ServerParts['context'], log: Logger): AdmissionOutcome {
  try {
    return admit(request, context());
  } catch (cause) {
    log.error({ err: cause, uid: request.uid }, 'admission failed');
    return unchanged('internal-error');
  }
}

/**
 * Past what fastify does with an answer: it counts the bytes of a text anew, and looks for hooks and serializers that this
 * server has none of. The text is ASCII, so its length is its bytes and it needs no encoding.
 */
function sendJson(reply: FastifyReply, json: string): void {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'content-length': json.length });
  reply.raw.end(json, 'latin1');
}

/** Of a request that is not read whole only the uid is known. */
type Reviewed = Pick<AdmissionRequest, 'uid'> & Partial<AdmissionRequest>;

/** A pod that was left alone gets the sentence that says why; an injected one is the usual case and needs none. */
function count(request: Reviewed, outcome: AdmissionOutcome, log: Logger, metrics: Metrics): void {
  const { reason, warnings, override } = outcome;
  metrics.increment('autopilot_admission_reviews_total', { reason });
  if (override?.name !== undefined) metrics.increment('autopilot_overrides_applied_total', {});
  for (const problem of override?.problems ?? [])
    metrics.increment('autopilot_overrides_ignored_total', { reason: problem });
  const { uid, namespace, name: pod, dryRun } = request;
  if (reason === 'injected' && warnings.length === 0 && dryRun !== true && override === undefined) {
    log.info({ uid, namespace, pod, reason }, 'pod reviewed');
    return;
  }
  const meaning = admissionReasons[reason];
  log.info({ uid, namespace, pod, dryRun, reason, meaning, warnings, override }, 'pod reviewed');
}
