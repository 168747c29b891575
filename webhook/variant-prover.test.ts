import { describe, expect, test } from 'vitest';
import { systemClock } from '#runtime/clock.ts';
import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import type { KubeRequest } from '#runtime/kubernetes/transport.ts';
import { makeLogger } from '#runtime/logger.ts';
import { makeMetrics, type Metrics } from '#runtime/metrics.ts';
import { exampleAgent } from '#test/support/admission.ts';
import { refusal, scriptedTransport, type ScriptedTransport } from '#test/support/scripted-transport.ts';
import { sample } from '#test/support/webhook-server.ts';
import type { AgentSettings } from './agent-container.ts';
import { keepProving, makeVariantProver, type VariantProver } from './variant-prover.ts';

type Answer = (request: KubeRequest) => KubeAnswer<unknown>;

const accepts: Answer = ({ body }) => ({ ok: true, status: 201, body });
const asksFor = (field: string, { body }: KubeRequest): boolean => JSON.stringify(body).includes(`"${field}"`);

interface Played {
  answer: Answer;
  now: number;
  agent: AgentSettings | undefined;
}

interface Made {
  readonly prover: VariantProver;
  readonly metrics: Metrics;
  readonly transport: ScriptedTransport;
  readonly played: Played;
}

const log = makeLogger('webhook', 'silent');
const never = new AbortController().signal;

function make(answer: Answer): Made {
  const played: Played = { answer, now: 0, agent: { ...exampleAgent, canRestartAll: true } };
  const transport = scriptedTransport((request) => played.answer(request));
  const metrics = makeMetrics('webhook');
  const clock = { ...systemClock, now: () => played.now };
  const prover = makeVariantProver({
    transport,
    metrics,
    clock,
    log,
    namespace: 'operations',
    agent: () => played.agent,
  });
  return { prover, metrics, transport, played };
}

describe('the variants of injection', () => {
  test('are asked for by dry runs that leave nothing, and are on once they are taken', async () => {
    const { prover, transport, metrics } = make(accepts);
    expect([...prover.proven().powers]).toEqual([]);
    await prover.prove(never);
    expect(transport.requests).toHaveLength(4);
    for (const { method, path, query } of transport.requests) {
      expect([method, path]).toEqual(['POST', '/api/v1/namespaces/operations/podtemplates']);
      expect(query).toEqual({ dryRun: 'All' });
    }
    expect(prover.proven().agent).toBe(true);
    expect([...prover.proven().powers]).toEqual(['restart-container', 'clear-cache', 'restart-all']);
    expect(await sample(metrics, 'autopilot_injection_variants{variant="restart-all",verdict="accepted"}')).toBe(1);
  });

  test('are off, and the others on, where one is refused as invalid', async () => {
    const { prover, metrics } = make((request) =>
      asksFor('restartPolicyRules', request) ? refusal(422) : accepts(request),
    );
    await prover.prove(never);
    expect([...prover.proven().powers]).toEqual(['restart-container', 'clear-cache']);
    expect(await sample(metrics, 'autopilot_injection_variants{variant="restart-all",verdict="refused"}')).toBe(1);
    expect(await sample(metrics, 'autopilot_injection_variants{variant="restart-all",verdict="accepted"}')).toBe(0);
  });

  test('are off where the API server leaves a part out without a word', async () => {
    const { prover } = make(({ body }) => ({
      ok: true,
      status: 201,
      body: JSON.parse(JSON.stringify(body), (key, value: unknown) =>
        key === 'restartPolicyRules' ? undefined : value,
      ),
    }));
    await prover.prove(never);
    expect([...prover.proven().powers]).toEqual(['restart-container', 'clear-cache']);
  });

  test('turn injection off as a whole where the agent itself is refused, and on again', async () => {
    const { prover, played } = make(() => refusal(422));
    await prover.prove(never);
    expect(prover.proven().agent).toBe(false);
    played.answer = accepts;
    await prover.prove(never);
    expect(prover.proven().agent).toBe(true);
  });

  test('stay as they were while the API server does not answer for them', async () => {
    const { prover, played } = make(accepts);
    await prover.prove(never);
    for (const answer of [
      () => refusal(400),
      () => refusal(403),
      () => refusal(503),
      () => refusal(429),
      () => {
        throw new Error('no answer before the deadline');
      },
    ]) {
      played.answer = answer;
      await prover.prove(never);
      expect(prover.proven().powers.size).toBe(3);
    }
  });

  test('keep the process from being ready until they are known, and not for ever', async () => {
    const { prover, played } = make(() => refusal(503));
    await prover.prove(never);
    expect(prover.notReady()).toMatch(/not said yet/);
    played.now = 30_000;
    expect(prover.notReady()).toBeUndefined();
    played.now = 1_000;
    played.answer = accepts;
    await prover.prove(never);
    expect(prover.notReady()).toBeUndefined();
  });

  test('are not asked for while there is no authority for the agent, and soon after', async () => {
    const { prover, transport, played } = make(accepts);
    played.agent = undefined;
    const ending = new AbortController();
    const waits: number[] = [];
    const clock = {
      now: () => played.now,
      sleep: (milliseconds: number): Promise<void> => {
        waits.push(milliseconds);
        if (played.agent !== undefined) ending.abort();
        played.agent = exampleAgent;
        return Promise.resolve();
      },
    };
    await keepProving(prover, { clock, log, random: () => 0.5, signal: ending.signal });
    expect(waits).toEqual([250, 300_000]);
    expect(transport.requests).toHaveLength(3);
  });

  test('are asked for less and less often while nothing answers', async () => {
    const { prover, transport, played } = make(() => refusal(403));
    const ending = new AbortController();
    const waits: number[] = [];
    const clock = {
      now: () => played.now,
      sleep: (milliseconds: number): Promise<void> => {
        if (waits.push(milliseconds) === 13) ending.abort();
        return Promise.resolve();
      },
    };
    await keepProving(prover, { clock, log, random: () => 0.5, signal: ending.signal });
    expect([...waits.slice(0, 3), ...waits.slice(-2)]).toEqual([250, 500, 1_000, 30_000, 30_000]);
    // Each round ends with the first that is not answered.
    expect(transport.requests).toHaveLength(13);
  });
});
