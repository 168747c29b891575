import {
  agentCpuRequestAnnotation,
  agentMemoryLimitAnnotation,
  apiGroup,
  cachePathsAnnotation,
  cacheVolumesAnnotation,
  hangSecondsAnnotation,
  injectAnnotation,
  localDataAnnotation,
  localDataDisposable,
  maximumHangSeconds,
  minimumHangSeconds,
  readHangSeconds,
  reflexAnnotation,
  reflexRestart,
  restartAllAnnotation,
  shareProcessNamespaceAnnotation,
} from '#contract/annotations.ts';
import { maximumCacheVolumes } from '#contract/agent-settings.ts';
import { parseQuantity } from '#contract/quantity.ts';
import type { AgentAmounts, WantedAmounts } from './agent-resources.ts';
import { cacheVolumes } from './cache.ts';
import type { PodShape } from '#contract/pod-shape.ts';

type Annotations = Readonly<Record<string, string>>;

/** What holds for one pod: each field from the pod, else from its namespace, else from the chart. */
export interface PodSettings {
  readonly amounts: WantedAmounts;
  /** Undefined where the liveness probe's own threshold counts. */
  readonly hangSeconds: number | undefined;
  /**
   * Defaults of the namespace that take effect when a pod is created and that this pod takes over. They are written on
   * it, so that the pod itself says what its agent may do, whatever becomes of the namespace.
   */
  readonly inherited: Annotations;
  /** One sentence for each value that is not usable. The pod is never refused for one. */
  readonly warnings: readonly string[];
}

export function readPodSettings(pod: PodShape, ofNamespace: Annotations, chart: AgentAmounts): PodSettings {
  const ofPod = pod.annotations ?? {};
  const fields = fieldsOf(chart);
  const chosen = (annotation: string): string | undefined =>
    [ofPod[annotation], ofNamespace[annotation]].find((value) => isUsable(fields, annotation, value));
  return {
    amounts: amountsOf(chart, chosen(agentCpuRequestAnnotation), chosen(agentMemoryLimitAnnotation)),
    hangSeconds: readHangSeconds(chosen(hangSecondsAnnotation)),
    inherited: inheritedOf(pod, ofPod, ofNamespace),
    warnings: [...problems(fields, ofPod, ''), ...problems(fields, ofNamespace, ' of the namespace')],
  };
}

/** An annotation, which values of it are usable, and in words. */
interface Field {
  readonly annotation: string;
  readonly accepts: (value: string) => boolean;
  readonly words: string;
}

/** Above it nobody means an agent. Bytes. */
const maximumMemoryLimit = 1_073_741_824;

/** Cores. */
const minimumCpuRequest = 0.001;
const maximumCpuRequest = 1;

const yesOrNo = { accepts: (value: string) => value === 'true' || value === 'false', words: '"true" or "false"' };

function fieldsOf(chart: AgentAmounts): readonly Field[] {
  return [
    { annotation: injectAnnotation, ...yesOrNo },
    { annotation: shareProcessNamespaceAnnotation, ...yesOrNo },
    { annotation: restartAllAnnotation, ...yesOrNo },
    {
      annotation: localDataAnnotation,
      accepts: (value) => value === localDataDisposable,
      words: `"${localDataDisposable}"`,
    },
    { annotation: reflexAnnotation, accepts: (value) => value === reflexRestart, words: `"${reflexRestart}"` },
    {
      annotation: hangSecondsAnnotation,
      accepts: (value) => readHangSeconds(value) !== undefined,
      words: `a number from ${minimumHangSeconds} to ${maximumHangSeconds}`,
    },
    {
      annotation: agentMemoryLimitAnnotation,
      accepts: (value) => isBetween(value, parseQuantity(chart.memoryRequest) ?? 0, maximumMemoryLimit),
      words: `a quantity from ${chart.memoryRequest} to 1Gi`,
    },
    {
      annotation: agentCpuRequestAnnotation,
      accepts: (value) => isBetween(value, minimumCpuRequest, maximumCpuRequest),
      words: 'a quantity from 1m to 1',
    },
  ];
}

function isBetween(quantity: string, least: number, most: number): boolean {
  const amount = parseQuantity(quantity);
  return amount !== undefined && amount >= least && amount <= most;
}

function isUsable(fields: readonly Field[], annotation: string, value: string | undefined): boolean {
  return value !== undefined && fields.find((field) => field.annotation === annotation)?.accepts(value) === true;
}

/** The value is not repeated: a warning travels in a header, and the value may be anything. */
function problems(fields: readonly Field[], annotations: Annotations, whose: string): readonly string[] {
  return fields.flatMap(({ annotation, accepts, words }) => {
    const value = annotations[annotation];
    if (value === undefined || accepts(value)) return [];
    return [`infra-autopilot: ${annotation.slice(apiGroup.length + 1)}${whose} must be ${words}; the default is used`];
  });
}

/** The least is what the chart requests: a LimitRange that leaves less would have the agent killed. */
function amountsOf(
  chart: AgentAmounts,
  cpuRequest: string | undefined,
  memoryLimit: string | undefined,
): WantedAmounts {
  const { cpuLimit, memoryRequest } = chart;
  return {
    wanted: {
      cpuRequest: cpuRequest ?? chart.cpuRequest,
      cpuLimit,
      memoryRequest,
      memoryLimit: memoryLimit ?? chart.memoryLimit,
    },
    least: { cpu: chart.cpuRequest, memory: memoryRequest },
  };
}

function inheritedOf(pod: PodShape, ofPod: Annotations, ofNamespace: Annotations): Annotations {
  const inherited: Record<string, string> = {};
  const shares = ofNamespace[shareProcessNamespaceAnnotation] === 'true' && pod.spec['shareProcessNamespace'] !== false;
  if (shares && ofPod[shareProcessNamespaceAnnotation] === undefined)
    inherited[shareProcessNamespaceAnnotation] = 'true';
  // Only what this pod has: a default of many pods names volumes that most of them lack, and that is no mistake.
  const volumes = cacheVolumes(pod, ofNamespace[cacheVolumesAnnotation] ?? '', maximumCacheVolumes).volumes;
  if (volumes.length > 0 && ofPod[cacheVolumesAnnotation] === undefined) {
    inherited[cacheVolumesAnnotation] = volumes.join(',');
  }
  if (ofNamespace[reflexAnnotation] === reflexRestart && ofPod[reflexAnnotation] === undefined) {
    inherited[reflexAnnotation] = reflexRestart;
  }
  if (ofNamespace[restartAllAnnotation] === 'true' && ofPod[restartAllAnnotation] === undefined) {
    inherited[restartAllAnnotation] = 'true';
  }
  const paths = ofNamespace[cachePathsAnnotation];
  const hasCache = (ofPod[cacheVolumesAnnotation] ?? inherited[cacheVolumesAnnotation]) !== undefined;
  if (paths !== undefined && hasCache && ofPod[cachePathsAnnotation] === undefined) {
    inherited[cachePathsAnnotation] = paths;
  }
  return inherited;
}
