import { injectedAnnotation } from '#contract/annotations.ts';
import { agentContainer, agentTokenVolume, probesVariable, type AgentSettings } from './agent-container.ts';
import { stringAt } from '#contract/json.ts';
import { planResources } from './agent-resources.ts';
import type { NamespaceRules } from './namespace-rules.ts';
import type { PodShape } from '#contract/pod-shape.ts';
import type { AgentPower } from '#contract/vocabulary.ts';
import { readPodSettings } from './pod-settings.ts';
import { planPowers } from './powers.ts';
import { appProbes } from './probes.ts';

/** One operation of RFC 6902. Only `add` is needed: nothing of the user's is replaced or removed. */
export interface PatchOperation {
  readonly op: 'add';
  readonly path: string;
  readonly value: unknown;
}

export type PatchPlan =
  | { readonly patch: readonly PatchOperation[]; readonly warnings: readonly string[] }
  | { readonly skip: 'too-large' | 'limit-range' | 'resource-quota'; readonly warnings: readonly string[] };

/** Bytes of all annotations together that the API server accepts (TotalAnnotationSizeLimitB). */
const maximumAnnotationBytes = 262_144;

/** Bytes of one environment variable. Linux refuses to start a program with one of 128 KiB (MAX_ARG_STRLEN). */
const maximumVariableBytes = 98_304;

/** kubectl's own hints for exec and logs: without them it might pick the agent. */
const defaultContainerAnnotations = [
  'kubectl.kubernetes.io/default-container',
  'kubectl.kubernetes.io/default-logs-container',
] as const;

/**
 * The patch that adds the agent, with what powers the pod asks for and are proven, behind the init containers that are there,
 * so that those start as they did before.
 */
export function planPatch(
  pod: PodShape,
  settings: AgentSettings,
  rules: NamespaceRules,
  proven: ReadonlySet<AgentPower>,
): PatchPlan {
  const podSettings = readPodSettings(pod, rules.annotations, settings);
  const { warnings } = podSettings;
  const plan = planResources(pod, podSettings.amounts, rules);
  if ('skip' in plan) return { skip: plan.skip, warnings };
  const { targets, omitted } = appProbes(pod);
  const annotations = newAnnotations(pod, settings, podSettings.inherited);
  const powers = planPowers(
    { ...pod, annotations: { ...podSettings.inherited, ...pod.annotations } },
    settings.canRestartAll,
    proven,
  );
  if (textBytes(probesVariable(targets)) > maximumVariableBytes) return { skip: 'too-large', warnings };
  if (annotationBytes({ ...pod.annotations, ...annotations }) > maximumAnnotationBytes) {
    return { skip: 'too-large', warnings };
  }
  return {
    patch: [
      ...addAnnotations(pod, annotations),
      appendTo(pod.volumes, '/spec/volumes', agentTokenVolume()),
      appendTo(
        pod.initContainers,
        '/spec/initContainers',
        agentContainer(settings, targets, { ...plan.resources }, powers, podSettings.hangSeconds),
      ),
      ...(powers.shareProcesses ? [{ op: 'add' as const, path: '/spec/shareProcessNamespace', value: true }] : []),
    ],
    warnings: [
      ...warnings,
      ...(omitted === 0
        ? []
        : [`infra-autopilot: ${omitted} probes are beyond what an agent watches and are left out`]),
      ...powers.warnings,
    ],
  };
}

function newAnnotations(
  pod: PodShape,
  settings: AgentSettings,
  inherited: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const annotations: Record<string, string> = { [injectedAnnotation]: settings.image, ...inherited };
  // The second name is an older one for the same thing, so it follows what the user set under the first.
  const preferred = pod.annotations?.[defaultContainerAnnotations[0]] ?? stringAt(pod.containers[0] ?? {}, 'name');
  for (const name of defaultContainerAnnotations) {
    if (preferred !== undefined && pod.annotations?.[name] === undefined) annotations[name] = preferred;
  }
  return annotations;
}

function addAnnotations(pod: PodShape, annotations: Readonly<Record<string, string>>): PatchOperation[] {
  if (pod.metadata === undefined) return [{ op: 'add', path: '/metadata', value: { annotations } }];
  if (pod.annotations === undefined) return [{ op: 'add', path: '/metadata/annotations', value: annotations }];
  return Object.entries(annotations).map(([name, value]) => ({
    op: 'add',
    path: `/metadata/annotations/${escapePointer(name)}`,
    value,
  }));
}

function appendTo(list: readonly unknown[] | undefined, path: string, value: unknown): PatchOperation {
  return list === undefined ? { op: 'add', path, value: [value] } : { op: 'add', path: `${path}/-`, value };
}

/** RFC 6901: the tilde first, or an escaped slash would be escaped again. */
export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function annotationBytes(annotations: Readonly<Record<string, string>>): number {
  return Object.entries(annotations).reduce((sum, [name, value]) => sum + textBytes(name) + textBytes(value), 0);
}

function textBytes(text: string): number {
  return Buffer.byteLength(text);
}
