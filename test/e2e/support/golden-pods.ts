/** A pod as it is written in a file. */
export interface WrittenPod {
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
  readonly spec?: {
    readonly containers?: readonly WrittenContainer[];
    readonly initContainers?: readonly WrittenContainer[];
    readonly volumes?: readonly { readonly name: string }[];
  };
}

interface WrittenContainer {
  readonly name: string;
  readonly volumeMounts?: readonly { readonly name: string }[];
  readonly securityContext?: object;
}

/** What ServiceAccount admission adds by itself; a pod that brings it along would name a volume of another pod. */
const accountVolume = /^kube-api-access-/;

/** A pod of a golden review as its creator would send it: named, and without what admission had added before. */
export function sendable(shape: string, { metadata, spec }: WrittenPod): WrittenPod {
  const { containers = [], initContainers, volumes, ...rest } = spec ?? {};
  return {
    metadata: { ...(metadata?.name === undefined ? { generateName: `${shape}-` } : {}), ...withoutNamespace(metadata) },
    spec: {
      ...rest,
      containers: containers.map(withoutAccount),
      ...(initContainers === undefined ? {} : { initContainers: initContainers.map(withoutAccount) }),
      ...(volumes === undefined ? {} : { volumes: volumes.filter(({ name }) => !accountVolume.test(name)) }),
    },
  };
}

/**
 * The same pod with all that the restricted Pod Security Standard asks for, as far as it says nothing else itself: what
 * needs the node's files, its network or more capabilities stays as it is.
 */
export function hardened({ metadata, spec }: WrittenPod): WrittenPod {
  const harden = (container: WrittenContainer): WrittenContainer => ({
    ...container,
    securityContext: {
      allowPrivilegeEscalation: false,
      runAsNonRoot: true,
      capabilities: { drop: ['ALL'] },
      seccompProfile: { type: 'RuntimeDefault' },
      ...container.securityContext,
    },
  });
  const { containers = [], initContainers, ...rest } = spec ?? {};
  return {
    ...(metadata === undefined ? {} : { metadata }),
    spec: {
      ...rest,
      containers: containers.map(harden),
      ...(initContainers === undefined ? {} : { initContainers: initContainers.map(harden) }),
    },
  };
}

function withoutNamespace({ namespace: _there, ...metadata }: NonNullable<WrittenPod['metadata']> = {}) {
  return metadata;
}

function withoutAccount(container: WrittenContainer): WrittenContainer {
  if (container.volumeMounts === undefined) return container;
  return { ...container, volumeMounts: container.volumeMounts.filter(({ name }) => !accountVolume.test(name)) };
}
