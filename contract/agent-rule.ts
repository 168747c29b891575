import { tokenMountPath, tokenVolumeName, type AdmissionReason } from './admission.ts';
import { agentContainerName, injectAnnotation, tokenAudience } from './annotations.ts';
import { objectAt, objectsAt, type JsonObject } from './json.ts';
import { allContainers, isWindows, readPod, type PodShape } from './pod-shape.ts';
import { agentPort } from './ports.ts';
import { probeKinds } from './report.ts';

type AgentRuling = { readonly inject: PodShape } | { readonly skip: AdmissionReason };

/** Most containers of a pod that is still looked at; a bound on the work that one request can cause. */
const maximumContainers = 256;

/** The kubelet's mark on the API's copy of a static pod. */
const mirrorAnnotation = 'kubernetes.io/config.mirror';

/**
 * Whether a pod of an opted-in namespace is to carry the agent, by the pod itself and the namespace's annotations, the
 * most general reasons first. The webhook injects by it, and the controller tells by it which pods lack their agent.
 */
export function ruleOnAgent(pod: JsonObject, namespaceAnnotations: Readonly<Record<string, string>>): AgentRuling {
  const shape = readPod(pod);
  if (shape === undefined) return { skip: 'malformed-pod' };
  const rule = podRules.find(([, holds]) => holds(shape, namespaceAnnotations));
  return rule === undefined ? { inject: shape } : { skip: rule[0] };
}

/** Whether the pod is the API's copy of a static one, which its node manages. */
export function isMirror(pod: PodShape): boolean {
  return pod.annotations?.[mirrorAnnotation] !== undefined;
}

type PodRule = (pod: PodShape, namespaceAnnotations: Readonly<Record<string, string>>) => boolean;

/** In order: a mirror pod is one whatever else it is, and our own pod is known before its name looks like a clash. */
const podRules: readonly (readonly [AdmissionReason, PodRule])[] = [
  ['too-large', (pod) => pod.containers.length + (pod.initContainers?.length ?? 0) > maximumContainers],
  ['mirror-pod', isMirror],
  ['opted-out', (pod) => pod.annotations?.[injectAnnotation] === 'false'],
  ['already-injected', holdsOurToken],
  ['namespace-opted-out', isOutByNamespace],
  ['host-network', (pod) => pod.spec['hostNetwork'] === true],
  ['windows', isWindows],
  ['name-clash', (pod) => allContainers(pod).some((container) => container['name'] === agentContainerName)],
  ['volume-clash', (pod) => (pod.volumes ?? []).some((volume) => volume['name'] === tokenVolumeName)],
  ['port-clash', (pod) => allContainers(pod).some(claimsOurPort)],
  ['pod-resources', (pod) => Object.keys(objectAt(pod.spec, 'resources')).length > 0],
];

/** Only the two words count: a typing error on the pod leaves the namespace's word. */
function isOutByNamespace(pod: PodShape, namespaceAnnotations: Readonly<Record<string, string>>): boolean {
  return namespaceAnnotations[injectAnnotation] === 'false' && pod.annotations?.[injectAnnotation] !== 'true';
}

/** The agent is told by its token, not by its name, so that a renamed one isn't added a second time. */
function holdsOurToken(pod: PodShape): boolean {
  const tokens = new Set((pod.volumes ?? []).filter(isOurToken).map((volume) => volume['name']));
  return allContainers(pod).some((container) =>
    objectsAt(container, 'volumeMounts').some(
      ({ name, mountPath }) => tokens.has(name) || (name === tokenVolumeName && mountPath === tokenMountPath),
    ),
  );
}

/** By its audience: whoever renames the agent may rename its volume as well. */
function isOurToken(volume: JsonObject): boolean {
  return objectsAt(objectAt(volume, 'projected'), 'sources').some(
    (source) => objectAt(source, 'serviceAccountToken')['audience'] === tokenAudience,
  );
}

/** Declared or probed: a port in use is often told by its probe alone, and a second listener could not open it. */
function claimsOurPort(container: JsonObject): boolean {
  return (
    objectsAt(container, 'ports').some((port) => port['containerPort'] === agentPort) ||
    probeKinds.some((kind) => {
      const probe = objectAt(container, `${kind}Probe`);
      return ['httpGet', 'tcpSocket', 'grpc'].some((action) => isAgentPort(objectAt(probe, action)['port']));
    })
  );
}

function isAgentPort(port: unknown): boolean {
  return port === agentPort || port === String(agentPort);
}
