import type { JsonObject } from '#contract/json.ts';
import { agentPowers } from '#contract/vocabulary.ts';
import type { Clock } from '#runtime/clock.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Metrics } from '#runtime/metrics.ts';
import type { AgentSettings } from './agent-container.ts';
import { leftOut, patchVariants, variantTemplate, type PatchVariant, type ProvenVariants } from './variants.ts';

/** An API server may be upgraded, or get another admission policy, while this process runs. Milliseconds. */
const proveMilliseconds = 300_000;

/** After the first round that was not answered for; twice as long after each further one, up to the second. Milliseconds. */
const impatientMilliseconds = 250;
const longestImpatientMilliseconds = 30_000;

/** A replica that can't ask must not stay away for ever. Milliseconds. */
const patienceMilliseconds = 30_000;

/** What the API server answers when a field has no value that it takes; for a field that it doesn't know it only leaves that out. */
const httpInvalid = 422;

export interface VariantProverParts {
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Of the release, where it may create PodTemplates: objects that nothing runs. */
  readonly namespace: string;
  /** Undefined until there is an authority to hand out. */
  readonly agent: () => AgentSettings | undefined;
}

/** Asks the API server by server-side dry runs whether it takes what injection makes of pods. All answers are from memory. */
export interface VariantProver {
  proven(): ProvenVariants;
  notReady(): string | undefined;
  /** One round. False while the API server has not answered for all of them. */
  prove(signal: AbortSignal): Promise<boolean>;
}

type Verdict = 'accepted' | 'refused';

export function makeVariantProver(parts: VariantProverParts): VariantProver {
  const { transport, clock, log, metrics, namespace } = parts;
  const startedAt = clock.now();
  const verdicts = new Map<PatchVariant, Verdict>();
  let proven: ProvenVariants = { agent: true, powers: new Set() };
  let complete = false;

  const ask = async (
    template: JsonObject,
    signal: AbortSignal,
  ): Promise<{ readonly verdict: Verdict; readonly why?: string } | undefined> => {
    const answer = await transport
      .request<JsonObject>({
        method: 'POST',
        path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/podtemplates`,
        query: { dryRun: 'All' },
        body: template,
        signal,
      })
      .catch((cause: unknown) => ({ ok: false as const, status: 0, message: String(cause) }));
    if (answer.ok) {
      const lost = leftOut(template, answer.body);
      return lost === undefined ? { verdict: 'accepted' } : { verdict: 'refused', why: `${lost} was left out` };
    }
    if (answer.status === httpInvalid) return { verdict: 'refused', why: answer.message };
    // A right that is missing, somebody's webhook that knows no dry runs, or an outage say nothing about the pod: what was known stays.
    if (!signal.aborted)
      log.warn({ status: answer.status, problem: answer.message }, 'a dry run of injection was not answered');
    return undefined;
  };

  const prove = async (signal: AbortSignal): Promise<boolean> => {
    const agent = parts.agent();
    if (agent === undefined) return false;
    complete = false;
    for (const variant of patchVariants) {
      const template = variantTemplate(variant, agent);
      if (template === undefined) continue;
      const found = await ask(template, signal);
      if (found === undefined) return false;
      if (verdicts.get(variant) !== found.verdict) tell(variant, found.verdict, found.why);
      verdicts.set(variant, found.verdict);
      proven = provenBy(verdicts);
    }
    complete = true;
    return true;
  };

  const tell = (variant: PatchVariant, verdict: Verdict, why: string | undefined): void => {
    for (const one of ['accepted', 'refused'] as const)
      metrics.set('autopilot_injection_variants', { variant, verdict: one }, one === verdict ? 1 : 0);
    if (verdict === 'accepted') log.info({ variant }, 'the API server takes pods with this variant of injection');
    else log.error({ variant, why }, 'the API server refuses pods with this variant of injection: it is off');
  };

  return {
    proven: () => proven,
    prove,
    notReady: () => {
      const waited = clock.now() - startedAt;
      if (complete || waited < 0 || waited >= patienceMilliseconds) return undefined;
      return 'the API server has not said yet what it takes of injection';
    },
  };
}

function provenBy(verdicts: ReadonlyMap<PatchVariant, Verdict>): ProvenVariants {
  const powers = agentPowers.filter((power) => verdicts.get(power) === 'accepted');
  return { agent: verdicts.get('agent') !== 'refused', powers: new Set(powers) };
}

interface KeepingParts extends Pick<VariantProverParts, 'clock' | 'log'> {
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** Proves until the signal fires: soon again while an answer is missing, then less and less often. */
export async function keepProving(prover: VariantProver, { clock, log, random, signal }: KeepingParts): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    const complete = await prover.prove(signal).catch((cause: unknown) => {
      log.error({ err: cause }, 'dry runs of injection failed');
      return false;
    });
    const impatient = Math.min(impatientMilliseconds * 2 ** failures, longestImpatientMilliseconds);
    failures = complete ? 0 : failures + 1;
    await clock
      .sleep((complete ? proveMilliseconds : impatient) * (0.8 + 0.4 * random()), signal)
      .catch(() => undefined);
  }
}
