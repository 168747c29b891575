import { agentContainerName } from '#contract/annotations.ts';
import { objectAt, objectsAt, stringAt, type JsonObject } from '#contract/json.ts';

/**
 * The image that a pod of the canary proves: that of its agent, once the pod is ready. Its probes ask both of its
 * containers, so ready means that the image was pulled, that the program started, served and read its token.
 */
export function provenImage(pod: JsonObject): string | undefined {
  if (objectAt(pod, 'metadata')['deletionTimestamp'] !== undefined) return undefined;
  const ready = objectsAt(objectAt(pod, 'status'), 'conditions').find(({ type }) => type === 'Ready');
  if (ready?.['status'] !== 'True') return undefined;
  const agent = objectsAt(objectAt(pod, 'spec'), 'initContainers').find(({ name }) => name === agentContainerName);
  return agent && stringAt(agent, 'image');
}
