import { agentVariables } from '#contract/agent-settings.ts';
import { agentContainerName, injectAnnotation } from '#contract/annotations.ts';
import { demoDeployment } from '../demo/manifests.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** What is read of a container of the injected pod; the rest is handed on. */
interface Container extends JsonObject {
  readonly name: string;
  readonly env?: readonly { readonly name: string }[];
}

/** A pod as the API server gives it back. */
export interface PodObject {
  readonly metadata: { readonly labels?: JsonObject };
  readonly spec: JsonObject & { readonly initContainers?: readonly Container[] };
}

/** A pod that is measured: the injected one, or its copy with another agent in it. */
export interface Subject {
  readonly name: string;
  /** Undefined: the one that the webhook injects. */
  readonly image: string | undefined;
  /** Seconds between two ticks; undefined: as injected. */
  readonly probeSeconds?: number;
  readonly resources?: object;
}

/** The app of the demonstration as a pod of its own. */
export function injectedPod(name: string, appImage: string): object {
  const { metadata, spec } = demoDeployment(name, appImage).spec.template;
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec };
}

/** The same pod as the API server keeps it, injected by hand with the subject's agent instead of the webhook's. */
export function copyWith({ metadata, spec }: PodObject, { name, image, probeSeconds, resources }: Subject): object {
  const { nodeName: _node, initContainers = [], ...rest } = spec;
  const agent = (container: Container): Container => ({
    ...container,
    ...(image === undefined ? {} : { image }),
    ...(resources === undefined ? {} : { resources }),
    env: (container.env ?? []).map((variable) =>
      variable.name === agentVariables.probeSeconds && probeSeconds !== undefined
        ? { name: variable.name, value: String(probeSeconds) }
        : variable,
    ),
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { ...metadata.labels, app: name }, annotations: { [injectAnnotation]: 'false' } },
    spec: {
      ...rest,
      initContainers: initContainers.map((one) => (one.name === agentContainerName ? agent(one) : one)),
    },
  };
}
