import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import { maximumReportBytes, reportPath, reportSchema, type Report } from '#contract/report.ts';
import type { ReportResult } from '#contract/vocabulary.ts';
import { anyAddress } from '#runtime/any-address.ts';
import type { Clock } from '#runtime/clock.ts';
import { AutopilotError } from '#runtime/errors.ts';
import type { Stoppable } from '#runtime/lifecycle.ts';
import type { Logger } from '#runtime/logger.ts';
import { reportStatuses } from './report-statuses.ts';
import type { ServingCertificate } from './serving-certificate.ts';
import { makeTokenBuckets } from './token-bucket.ts';
import type { TokenReviews, TokenVerdict } from './token-reviews.ts';

/** An agent reports each 5 s and at once on a change; a flapping probe changes each second. */
const agentRate = { perSecond: 2, burst: 20 };

/** Tokens that are not known yet, by address: an agent has one new token an hour. */
const newcomerRate = { perSecond: 1, burst: 10 };

const maximumCallers = 100_000;

export interface ReportServerOptions {
  readonly tokens: TokenReviews;
  readonly clock: Clock;
  readonly log: Logger;
  /** Takes a report whose sender is proven to be its pod. */
  readonly onReport: (report: Report, receivedAt: number) => 'accepted' | 'stale' | 'unknown-pod' | 'unavailable';
  readonly onResult: (result: ReportResult) => void;
}

/** The HTTP side of reports, without its TLS, so that it can be tried by injection. */
export function reportRoutes(app: FastifyInstance, options: ReportServerOptions): void {
  const { tokens, clock, log } = options;
  const agents = makeTokenBuckets(agentRate, maximumCallers);
  const newcomers = makeTokenBuckets(newcomerRate, maximumCallers);

  const authenticate = async (authorization: string | undefined, address: string): Promise<TokenVerdict> => {
    const token = /^Bearer ([\w.~+/-]+=*)$/.exec(authorization ?? '')?.[1];
    if (token === undefined) return { verdict: 'unproven', why: 'there is no bearer token' };
    const known = tokens.remembered(token);
    if (known) return known;
    if (!newcomers.take(address, clock.now())) return { verdict: 'busy', why: 'too many new tokens from this address' };
    return await tokens.review(token);
  };

  const judge = (report: Report, verdict: TokenVerdict): { result: ReportResult; why: string } => {
    switch (verdict.verdict) {
      case 'unproven':
        return { result: 'unauthenticated', why: verdict.why };
      case 'busy':
        return { result: 'throttled', why: verdict.why };
      case 'known': {
        const { namespace, podName, podUid } = verdict.identity;
        const { pod } = report;
        const own = pod.namespace === namespace && pod.name === podName && pod.uid === podUid;
        if (!own) return { result: 'forbidden', why: 'the report is about another pod than the token' };
        if (!agents.take(podUid, clock.now())) return { result: 'throttled', why: 'too many reports' };
        return { result: options.onReport(report, clock.now()), why: '' };
      }
    }
  };

  app.post<{ Body: Report }>(reportPath, { schema: { body: reportSchema } }, async (request, reply) => {
    const verdict = await authenticate(request.headers.authorization, request.ip);
    const { result, why } = judge(request.body, verdict);
    options.onResult(result);
    const status = reportStatuses[result];
    if (status >= 400) {
      const error = new AutopilotError('AP_REPORT_REFUSED', why);
      log.warn({ code: error.code, why, result, address: request.ip }, 'report refused');
    }
    return await reply.code(status).send(status === 204 ? undefined : { error: why });
  });

  app.setErrorHandler<Error & { statusCode?: number }>(async (error, request, reply) => {
    const status = error.statusCode ?? 500;
    const result = status === 413 ? 'too-large' : status < 500 ? 'malformed' : 'unavailable';
    options.onResult(result);
    log.warn({ code: 'AP_REPORT_REFUSED', why: error.message, result, address: request.ip }, 'report refused');
    return await reply.code(reportStatuses[result]).send({ error: error.message });
  });
}

/** A server of reports whose certificate can be changed under open connections. */
export interface ReportServer extends Stoppable {
  readonly port: number;
  useCertificate(certificate: ServingCertificate): void;
}

/**
 * Serves reports over TLS 1.3.
 *
 * @throws AutopilotError AP_SERVER_LISTEN when the port is taken.
 */
export async function startReportServer(
  port: number,
  certificate: ServingCertificate,
  options: ReportServerOptions,
): Promise<ReportServer> {
  const app = fastify<Server>({
    https: { cert: certificate.cert, key: certificate.key, minVersion: 'TLSv1.3' },
    logger: false,
    bodyLimit: maximumReportBytes,
    requestTimeout: 10_000,
    connectionTimeout: 75_000,
    keepAliveTimeout: 60_000,
    forceCloseConnections: true,
    // Agents live as long as their pods and may be newer than we are: what we don't know is left out.
    ajv: { customOptions: { removeAdditional: true, coerceTypes: false } },
  });
  reportRoutes(app, options);
  try {
    await app.listen({ host: anyAddress(), port });
  } catch (cause) {
    throw new AutopilotError('AP_SERVER_LISTEN', `report server could not listen on port ${port}`, { cause });
  }
  return {
    name: 'report-server',
    port: (app.server.address() as AddressInfo).port,
    useCertificate: (next) => app.server.setSecureContext({ ...next, minVersion: 'TLSv1.3' }),
    stop: () => app.close(),
  };
}
