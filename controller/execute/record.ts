import { apiVersion } from '#contract/annotations.ts';
import { incidentResource, type Incident, type IncidentStatus } from '#contract/incident.ts';
import { AutopilotError } from '#runtime/errors.ts';
import type { KubeFailure } from '#runtime/kubernetes/answer.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { DecisionTarget } from '../model/decision.ts';
import { incidentPath, incidentsPath } from './paths.ts';

export type Recorded =
  | { readonly recorded: Incident }
  /** Someone wrote first: nothing may be done on the old view. `current` is what is there now, if it could be read. */
  | { readonly conflict: Incident | undefined };

/** Writes incidents: created once, then compared and swapped, so that of two writers one always loses. */
export interface IncidentRecorder {
  /** @throws AutopilotError AP_KUBERNETES_REQUEST when the API gave no usable answer or does not allow it. */
  record(namespace: string, target: DecisionTarget, status: IncidentStatus, signal: AbortSignal): Promise<Recorded>;
}

export function makeIncidentRecorder(transport: KubeTransport): IncidentRecorder {
  const create = async (
    namespace: string,
    target: Extract<DecisionTarget, { create: string }>,
    signal: AbortSignal,
  ): Promise<Recorded> => {
    const { workload } = target.spec;
    const answer = await transport.request<Incident>({
      method: 'POST',
      path: incidentsPath(namespace),
      body: {
        apiVersion,
        kind: incidentResource.kind,
        metadata: {
          namespace,
          name: target.create,
          // Goes with its workload, and never holds its deletion up.
          ownerReferences: [{ ...workload, controller: false, blockOwnerDeletion: false }],
        },
        spec: target.spec,
      },
      signal,
    });
    if (answer.ok) return { recorded: answer.body };
    if (answer.status === 409) return { conflict: await read(namespace, target.create, signal) };
    throw unusable('create', target.create, answer);
  };

  const read = async (namespace: string, name: string, signal: AbortSignal): Promise<Incident | undefined> => {
    const answer = await transport.request<Incident>({ method: 'GET', path: incidentPath(namespace, name), signal });
    return answer.ok ? answer.body : undefined;
  };

  return {
    record: async (namespace, target, status, signal) => {
      const created = 'create' in target ? await create(namespace, target, signal) : { recorded: target.update };
      if ('conflict' in created) return created;
      const { metadata, spec } = created.recorded;
      const answer = await transport.request<Incident>({
        method: 'PUT',
        path: `${incidentPath(namespace, metadata.name)}/status`,
        body: {
          apiVersion,
          kind: incidentResource.kind,
          metadata: { namespace, name: metadata.name, uid: metadata.uid, resourceVersion: metadata.resourceVersion },
          spec,
          status,
        },
        signal,
      });
      if (answer.ok) return { recorded: answer.body };
      if (answer.status === 409 || answer.status === 404) {
        return { conflict: await read(namespace, metadata.name, signal) };
      }
      throw unusable('write', metadata.name, answer);
    },
  };
}

function unusable(act: string, name: string, { status, message }: KubeFailure): AutopilotError {
  return new AutopilotError('AP_KUBERNETES_REQUEST', `${act} incident ${name}: ${status} ${message}`);
}
