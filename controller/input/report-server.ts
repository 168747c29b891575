import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fastify, type FastifyInstance } from 'fastify';
import type { ReportAnswer } from '#contract/report-answer.ts';
import { maximumReportBytes, maximumWaitingReports, reportPath, reportSchema, type Report } from '#contract/report.ts';
import type { ReportResult } from '#contract/vocabulary.ts';
import { anyAddress } from '#runtime/any-address.ts';
import type { Clock } from '#runtime/clock.ts';
import { AutopilotError } from '#runtime/errors.ts';
import type { Stoppable } from '#runtime/lifecycle.ts';
import type { Logger } from '#runtime/logger.ts';
import { makeAgentAuthentication, maximumCallers } from './agent-authentication.ts';
import type { CommandHub } from './command-hub.ts';
import { commandRoutes } from './command-routes.ts';
import { reportStatuses } from './report-statuses.ts';
import type { ServingCertificate } from './serving-certificate.ts';
import { makeTokenBuckets } from './token-bucket.ts';
import type { TokenReviews } from './token-reviews.ts';

/** An agent reports each 5 s and at once on a change, a flapping probe changes each second; after an outage all comes at once. */
const agentRate = { perSecond: 2, burst: maximumWaitingReports + 20 };

export interface ReportServerOptions {
  readonly tokens: TokenReviews;
  readonly clock: Clock;
  readonly log: Logger;
  /** Takes a report whose sender is proven to be its pod. */
  readonly onReport: (report: Report, receivedAt: number) => 'accepted' | 'stale' | 'unknown-pod' | 'unavailable';
  readonly onResult: (result: ReportResult) => void;
  /** What an agent is told about its pod with the answer to a report that was taken. */
  readonly answerTo: (podUid: string) => ReportAnswer;
  /** Where agents ask for commands; without it they find no such path. */
  readonly commands?: CommandHub;
}

/** The HTTP side of reports, without its TLS, so that it can be tried by injection. */
export function reportRoutes(app: FastifyInstance, options: ReportServerOptions): void {
  const { tokens, clock, log } = options;
  const agents = makeTokenBuckets(agentRate, maximumCallers);
  const authenticate = makeAgentAuthentication(tokens, clock);

  const take = (report: Report): { result: ReportResult; why: string } => {
    if (!agents.take(report.pod.uid, clock.now())) return { result: 'throttled', why: 'too many reports' };
    return { result: options.onReport(report, clock.now()), why: '' };
  };

  app.post<{ Body: Report }>(reportPath, { schema: { body: reportSchema } }, async (request, reply) => {
    const proof = await authenticate(request.headers.authorization, request.ip, request.body.pod);
    const { result, why } = 'result' in proof ? proof : take(request.body);
    options.onResult(result);
    const status = reportStatuses[result];
    if (status >= 400) {
      const error = new AutopilotError('AP_REPORT_REFUSED', why);
      log.warn({ code: error.code, why, result, address: request.ip }, 'report refused');
    }
    if (result === 'accepted') return await reply.code(status).send(options.answerTo(request.body.pod.uid));
    return await reply.code(status).send(status === 204 ? undefined : { error: why });
  });

  if (options.commands) {
    commandRoutes(app, { hub: options.commands, authenticate, clock, log, onRefused: options.onResult });
  }

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
    useCertificate: ({ cert, key }) => app.server.setSecureContext({ cert, key, minVersion: 'TLSv1.3' }),
    stop: () => app.close(),
  };
}
