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
  const skip = podReason(pod);
  return skip === undefined ? { inject: pod } : { skip };
}

function isExcluded(namespace: string, ownNamespace: string): boolean {
  return namespace === ownNamespace || excludedNamespaces.some((excluded) => excluded === namespace);
}

function podReason(pod: PodShape): AdmissionReason | undefined {
  if (pod.containers.length + (pod.initContainers?.length ?? 0) > maximumContainers) return 'too-large';
  if (pod.annotations?.[mirrorAnnotation] !== undefined) return 'mirror-pod';
  if (pod.annotations?.[injectAnnotation] === 'false') return 'opted-out';
  const containers = allContainers(pod);
  if (containers.some(holdsOurToken)) return 'already-injected';
  if (pod.spec['hostNetwork'] === true) return 'host-network';
  if (isWindows(pod)) return 'windows';
  if (containers.some((container) => container['name'] === agentContainerName)) return 'name-clash';
  if (pod.volumes?.some((volume) => volume['name'] === tokenVolumeName) === true) return 'volume-clash';
  if (containers.some(claimsOurPort)) return 'port-clash';
  if (Object.keys(objectAt(pod.spec, 'resources')).length > 0) return 'pod-resources';
  return undefined;
}

/** The agent is told by its token, not by its name, so that a renamed one isn't added a second time. */
function holdsOurToken(container: JsonObject): boolean {
  return objectsAt(container, 'volumeMounts').some(
    (mount) => mount['name'] === tokenVolumeName && mount['mountPath'] === tokenMountPath,
  );
}

function claimsOurPort(container: JsonObject): boolean {
  return objectsAt(container, 'ports').some((port) => port['containerPort'] === agentPort);
}
