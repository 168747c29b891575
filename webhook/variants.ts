import jsonPatch from 'fast-json-patch';
import {
  agentContainerName,
  cacheVolumesAnnotation,
  restartAllAnnotation,
  shareProcessNamespaceAnnotation,
} from '#contract/annotations.ts';
import { isObject, objectAt, objectsAt, type JsonObject } from '#contract/json.ts';
import { readPod } from '#contract/pod-shape.ts';
import { agentPowers, type AgentPower } from '#contract/vocabulary.ts';
import type { AgentSettings } from './agent-container.ts';
import { noRules } from './namespace-rules.ts';
import { planPatch } from './patch.ts';

/** What injection can make of a pod: `agent` is what every injected pod gets, the others add one power to it. */
export const patchVariants = ['agent', ...agentPowers] as const;
export type PatchVariant = (typeof patchVariants)[number];

const asking: Readonly<Record<PatchVariant, Readonly<Record<string, string>>>> = {
  agent: {},
  'restart-container': { [shareProcessNamespaceAnnotation]: 'true' },
  'clear-cache': { [cacheVolumesAnnotation]: 'cache' },
  'restart-all': { [restartAllAnnotation]: 'true' },
};

/**
 * A PodTemplate of a pod that asks for the variant, as its patch leaves it. The API server checks it as it checks a pod, and
 * nothing ever runs it. Undefined where the settings give no pod the variant.
 */
export function variantTemplate(variant: PatchVariant, agent: AgentSettings): JsonObject | undefined {
  if (variant === 'restart-all' && !agent.canRestartAll) return undefined;
  const pod = {
    metadata: { annotations: asking[variant] },
    spec: {
      containers: [
        {
          name: 'app',
          image: agent.image,
          securityContext: { runAsUser: 65_532, runAsNonRoot: true },
          volumeMounts: [{ name: 'cache', mountPath: '/cache' }],
        },
      ],
      volumes: [{ name: 'cache', emptyDir: {} }],
    },
  };
  const shape = readPod(pod);
  const plan = shape && planPatch(shape, agent, noRules, new Set(agentPowers));
  if (plan === undefined || 'skip' in plan) return undefined;
  const { newDocument } = jsonPatch.applyPatch(pod, structuredClone([...plan.patch]), true, false);
  return { apiVersion: 'v1', kind: 'PodTemplate', metadata: { generateName: 'dry-run-' }, template: newDocument };
}

/**
 * The first thing of the variant that the API server left out, as a path; undefined when all of it is there. A field that it
 * doesn't know, or whose feature gate is off, is dropped without a word.
 */
export function leftOut(sent: JsonObject, answered: JsonObject): string | undefined {
  return missing(essence(sent), essence(answered), 'spec');
}

/** Resources are left out of it: the API server writes quantities its own way. */
function essence(template: JsonObject): JsonObject {
  const spec = objectAt(objectAt(template, 'template'), 'spec');
  const agent = objectsAt(spec, 'initContainers').find(({ name }) => name === agentContainerName) ?? {};
  return { shareProcessNamespace: spec['shareProcessNamespace'] ?? false, agent: { ...agent, resources: {} } };
}

function missing(sent: unknown, answered: unknown, path: string): string | undefined {
  if (Array.isArray(sent)) {
    if (!Array.isArray(answered) || answered.length !== sent.length) return path;
    return first(sent.map((one, index) => () => missing(one, answered[index], `${path}[${index}]`)));
  }
  if (isObject(sent)) {
    if (!isObject(answered)) return path;
    return first(
      Object.entries(sent).map(
        ([key, one]) =>
          () =>
            missing(one, answered[key], `${path}.${key}`),
      ),
    );
  }
  return sent === answered ? undefined : path;
}

function first(checks: readonly (() => string | undefined)[]): string | undefined {
  for (const check of checks) {
    const found = check();
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What the API server has taken. */
export interface ProvenVariants {
  /** False once it refused the agent itself. */
  readonly agent: boolean;
  readonly powers: ReadonlySet<AgentPower>;
}
