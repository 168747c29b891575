import type { FastifyInstance } from 'fastify';
import { commandPath, commandPollSchema, maximumPollBytes, type CommandPoll } from '#contract/command.ts';
import type { ReportResult } from '#contract/vocabulary.ts';
import type { Clock } from '#runtime/clock.ts';
import type { Logger } from '#runtime/logger.ts';
import { maximumCallers, type AgentAuthentication } from './agent-authentication.ts';
import type { CommandHub } from './command-hub.ts';
import { reportStatuses } from './report-statuses.ts';
import { makeTokenBuckets } from './token-bucket.ts';

/** A poll lasts until there is something to do; only the results of commands make the next one come sooner. */
const pollRate = { perSecond: 1, burst: 10 };

export interface CommandRoutesOptions {
  readonly hub: CommandHub;
  readonly authenticate: AgentAuthentication;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told of polls that are refused; the others are no news. */
  readonly onRefused: (result: ReportResult) => void;
}

/** The HTTP side of commands: a poll that is held open until there is something to do in the pod of who polls. */
export function commandRoutes(app: FastifyInstance, options: CommandRoutesOptions): void {
  const { hub, authenticate, clock, log, onRefused } = options;
  const agents = makeTokenBuckets(pollRate, maximumCallers);

  app.post<{ Body: CommandPoll }>(
    commandPath,
    { schema: { body: commandPollSchema }, bodyLimit: maximumPollBytes },
    async (request, reply) => {
      const refuse = async (result: ReportResult, why: string): Promise<unknown> => {
        onRefused(result);
        log.warn({ code: 'AP_REPORT_REFUSED', why, result, address: request.ip }, 'poll refused');
        return await reply.code(reportStatuses[result]).send({ error: why });
      };
      const proof = await authenticate(request.headers.authorization, request.ip, request.body.pod);
      if ('result' in proof) return await refuse(proof.result, proof.why);
      const { podUid } = proof.proven;
      if (!agents.take(podUid, clock.now())) return await refuse('throttled', 'too many polls');
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const commands = await hub.poll(podUid, request.body.results, gone.signal);
      if (commands === 'busy') return await refuse('unavailable', 'too many agents listen');
      return await reply.send({ commands });
    },
  );

  // Held polls would keep the server from ending until their time is over.
  app.addHook('preClose', (done) => {
    hub.release();
    done();
  });
}
