import {
  agentVariables,
  cacheMountRoot,
  maximumCacheVolumes,
  powerProblems,
  type AskedPowers,
  type PowerProblem,
} from '#contract/agent-settings.ts';
import type { AgentPower } from '#contract/vocabulary.ts';
import {
  cachePathsAnnotation,
  cacheVolumesAnnotation,
  reflexAnnotation,
  reflexRestart,
  restartAllAnnotation,
  restartAllExitCode,
  shareProcessNamespaceAnnotation,
} from '#contract/annotations.ts';
import { cacheFolders, cacheVolumes } from './cache.ts';
import { objectAt, type JsonObject } from '#contract/json.ts';
import type { PodShape } from '#contract/pod-shape.ts';

/** What a pod's annotations let its agent do, as far as the pod allows it. */
export interface PowerPlan {
  /** Whether the patch turns the shared process namespace on; a pod may have it by itself. */
  readonly shareProcesses: boolean;
  /** Mounted into the agent, writable: those that have a folder to empty. */
  readonly cacheVolumes: readonly string[];
  /** Whose signals reach the app and whose hands may remove its files; undefined leaves the agent's own. */
  readonly user: AgentUser | undefined;
  /** Of the agent's container: what the kubelet does when it ends with the agreed code. */
  readonly restartRules: readonly JsonObject[];
  /** In addition to those that each agent has. */
  readonly variables: readonly JsonObject[];
  readonly warnings: readonly string[];
}

export interface AgentUser {
  readonly userId: number;
  /** Undefined leaves the agent's own. */
  readonly groupId: number | undefined;
}

/**
 * Decides about the powers. A pod that asks for none gets nothing that it would not get without this file.
 *
 * @param canRestartAll whether the cluster has the kubelet restart all containers of a pod on a container's exit code.
 * @param proven powers with which the API server takes pods.
 */
export function planPowers(pod: PodShape, canRestartAll: boolean, proven: ReadonlySet<AgentPower>): PowerPlan {
  const wantsSignals = pod.annotations?.[shareProcessNamespaceAnnotation] === 'true';
  const wantsCache = pod.annotations?.[cacheVolumesAnnotation] !== undefined;
  const wantsAll = pod.annotations?.[restartAllAnnotation] === 'true';
  if (!wantsSignals && !wantsCache && !wantsAll) return noPowers;
  const user = userOf(pod);
  const cache = readCache(pod);
  const given = (power: AgentPower): 'given' | 'refused' => (proven.has(power) ? 'given' : 'refused');
  const asked: AskedPowers = {
    ...(wantsSignals ? { 'restart-container': signalProblem(pod, user) ?? given('restart-container') } : {}),
    ...(wantsCache ? { 'clear-cache': cacheProblem(cache.folders, user) ?? given('clear-cache') } : {}),
    ...(wantsAll ? { 'restart-all': canRestartAll ? given('restart-all') : 'restart-all-off' } : {}),
  };
  const restarts = asked['restart-container'] === 'given';
  const clears = asked['clear-cache'] === 'given';
  return {
    shareProcesses: restarts && pod.spec['shareProcessNamespace'] !== true,
    cacheVolumes: clears ? cache.volumes.filter((name) => cache.folders.some(isIn(name))) : [],
    user: restarts || clears ? user : undefined,
    restartRules: asked['restart-all'] === 'given' ? restartAllRules : [],
    variables: [
      { name: agentVariables.powers, value: JSON.stringify(asked) },
      ...(restarts ? reflexVariable(pod) : []),
      ...(clears ? [{ name: agentVariables.cacheFolders, value: unexpanded(cache.folders) }] : []),
    ],
    warnings: [...cache.warnings, ...offWarnings(asked)],
  };
}

/** Kubernetes' own default of terminationGracePeriodSeconds. */
const defaultGraceSeconds = 30;

function reflexVariable({ annotations, spec }: PodShape): readonly JsonObject[] {
  if (annotations?.[reflexAnnotation] !== reflexRestart) return [];
  const grace = spec['terminationGracePeriodSeconds'];
  const graceSeconds = typeof grace === 'number' && grace >= 0 ? grace : defaultGraceSeconds;
  return [{ name: agentVariables.reflexGraceSeconds, value: String(graceSeconds) }];
}

/** Any other end of the agent restarts the agent alone. */
const restartAllRules: readonly JsonObject[] = [
  { action: 'RestartAllContainers', exitCodes: { operator: 'In', values: [restartAllExitCode] } },
];

const noPowers: PowerPlan = {
  shareProcesses: false,
  cacheVolumes: [],
  user: undefined,
  restartRules: [],
  variables: [],
  warnings: [],
};

/** Where the agent finds its cache volumes. */
export function cacheMounts(plan: PowerPlan): readonly JsonObject[] {
  return plan.cacheVolumes.map((name) => ({ name, mountPath: `${cacheMountRoot}/${name}` }));
}

function signalProblem({ spec }: PodShape, user: AgentUser | undefined): PowerProblem | undefined {
  if (spec['hostPID'] === true) return 'host-processes';
  if (spec['shareProcessNamespace'] === false) return 'process-namespace-off';
  return user === undefined ? 'uid-unknown' : undefined;
}

function cacheProblem(folders: readonly string[], user: AgentUser | undefined): PowerProblem | undefined {
  if (folders.length === 0) return 'no-cache';
  return user === undefined ? 'uid-unknown' : undefined;
}

function isIn(volume: string): (folder: string) => boolean {
  return (folder) => folder === volume || folder.startsWith(`${volume}/`);
}

interface Cache {
  readonly volumes: readonly string[];
  readonly folders: readonly string[];
  readonly warnings: readonly string[];
}

function readCache(pod: PodShape): Cache {
  const named = pod.annotations?.[cacheVolumesAnnotation];
  if (named === undefined) return { volumes: [], folders: [], warnings: [] };
  const { volumes, warnings } = cacheVolumes(pod, named, maximumCacheVolumes);
  const restricted = cacheFolders(volumes, pod.annotations?.[cachePathsAnnotation]);
  return { volumes, folders: restricted.folders, warnings: [...warnings, ...restricted.warnings] };
}

/**
 * The user of the container that people mean when they name the pod. Root's is not copied: an agent of user 0 would
 * not pass where only restricted pods may run, and an image's own user is not to be seen from here.
 */
function userOf(pod: PodShape): AgentUser | undefined {
  const preferred = pod.annotations?.['kubectl.kubernetes.io/default-container'];
  const container = pod.containers.find(({ name }) => name === preferred) ?? pod.containers[0] ?? {};
  const own = objectAt(container, 'securityContext');
  const shared = objectAt(pod.spec, 'securityContext');
  const userId = numericId(own['runAsUser'] ?? shared['runAsUser']);
  const groupId = numericId(own['runAsGroup'] ?? shared['runAsGroup']);
  return userId === undefined ? undefined : { userId, groupId };
}

/** Largest id that Kubernetes takes. */
const maximumId = 2_147_483_647;

function numericId(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= maximumId ? value : undefined;
}

function offWarnings(asked: AskedPowers): readonly string[] {
  return Object.entries(asked).flatMap(([power, state]) =>
    state === 'given' ? [] : [`infra-autopilot: ${power} is off: ${powerProblems[state]}`],
  );
}

/** The kubelet expands `$(NAME)` in values. */
function unexpanded(value: unknown): string {
  return JSON.stringify(value).replaceAll('$', '\\u0024');
}
