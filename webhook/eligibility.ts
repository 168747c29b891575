import { tokenMountPath, tokenVolumeName, type AdmissionReason } from '#contract/admission.ts';
import { agentContainerName, excludedNamespaces, injectAnnotation } from '#contract/annotations.ts';
import { agentPort } from '#contract/ports.ts';
import { objectAt, objectsAt, type JsonObject } from './json.ts';
import { allContainers, isWindows, readPod, type PodShape } from './pod.ts';
import type { AdmissionRequest } from './review.ts';

export type Eligibility = { readonly inject: PodShape } | { readonly skip: AdmissionReason };

/** Most containers of a pod that is still looked at; a bound on the work that one request can cause. */
const maximumContainers = 256;

/** The kubelet's mark on the API's copy of a static pod. */
const mirrorAnnotation = 'kubernetes.io/config.mirror';

/** Decides whether a pod gets the agent, the cheapest and most general reasons first. */
export function decideEligibility(request: AdmissionRequest, ownNamespace: string): Eligibility {
  if (!request.isPod) return { skip: 'not-a-pod' };
  if (request.operation !== 'CREATE') return { skip: 'not-a-creation' };
  if (request.object === undefined) return { skip: 'no-object' };
  if (isExcluded(request.namespace, ownNamespace)) return { skip: 'excluded-namespace' };
  const pod = readPod(request.object);
  if (pod === undefined) return { skip: 'malformed-pod' };
  const rule = podRules.find(([, holds]) => holds(pod));
  return rule === undefined ? { inject: pod } : { skip: rule[0] };
}

function isExcluded(namespace: string, ownNamespace: string): boolean {
  return namespace === ownNamespace || excludedNamespaces.some((excluded) => excluded === namespace);
}

/** In order: a mirror pod is one whatever else it is, and our own pod is known before its name looks like a clash. */
const podRules: readonly (readonly [AdmissionReason, (pod: PodShape) => boolean])[] = [
  ['too-large', (pod) => pod.containers.length + (pod.initContainers?.length ?? 0) > maximumContainers],
  ['mirror-pod', (pod) => pod.annotations?.[mirrorAnnotation] !== undefined],
  ['opted-out', (pod) => pod.annotations?.[injectAnnotation] === 'false'],
  ['already-injected', (pod) => allContainers(pod).some(holdsOurToken)],
  ['host-network', (pod) => pod.spec['hostNetwork'] === true],
  ['windows', isWindows],
  ['name-clash', (pod) => allContainers(pod).some((container) => container['name'] === agentContainerName)],
  ['volume-clash', (pod) => (pod.volumes ?? []).some((volume) => volume['name'] === tokenVolumeName)],
  ['port-clash', (pod) => allContainers(pod).some(claimsOurPort)],
  ['pod-resources', (pod) => Object.keys(objectAt(pod.spec, 'resources')).length > 0],
];

/** The agent is told by its token, not by its name, so that a renamed one isn't added a second time. */
function holdsOurToken(container: JsonObject): boolean {
  return objectsAt(container, 'volumeMounts').some(
    (mount) => mount['name'] === tokenVolumeName && mount['mountPath'] === tokenMountPath,
  );
}

function claimsOurPort(container: JsonObject): boolean {
  return objectsAt(container, 'ports').some((port) => port['containerPort'] === agentPort);
}
