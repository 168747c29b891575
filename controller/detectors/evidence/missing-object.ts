import type { Cause } from '../../model/finding.ts';

const missingObject = /\b(secret|configmap) "([^"]+)" not found/i;
const missingKey = /couldn't find key (\S+) in (Secret|ConfigMap) (\S+)/i;
const missingVolumeKey = /references non-existent (secret|config) key: (\S+)/i;

/**
 * The Secret or ConfigMap, or the key of one, that the kubelet says it lacks.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/v1.35.0/pkg/kubelet/kubelet_pods.go `makeEnvironmentVariables`
 */
export function missingObjectCause(text: string, namespace: string): Cause | undefined {
  const [, key, keyKind, keyOwner] = missingKey.exec(text) ?? [];
  if (key !== undefined && keyKind !== undefined && keyOwner !== undefined) {
    const object = `${properKind(keyKind)} ${keyOwner.replace(/[.,:;]+$/, '')}`;
    return { name: causeOf(keyKind), message: `${object} has no key ${key}.` };
  }
  const [, kind, name] = missingObject.exec(text) ?? [];
  if (kind !== undefined && name !== undefined) {
    return { name: causeOf(kind), message: `${properKind(kind)} ${namespace}/${name} does not exist.` };
  }
  const [, volumeKind, volumeKey] = missingVolumeKey.exec(text) ?? [];
  if (volumeKind === undefined || volumeKey === undefined) return undefined;
  return {
    name: causeOf(volumeKind),
    message: `A volume names the key ${volumeKey}, which its ${properKind(volumeKind)} does not have.`,
  };
}

function isSecret(kind: string): boolean {
  return kind.toLowerCase() === 'secret';
}

function causeOf(kind: string): 'missing-secret' | 'missing-configmap' {
  return isSecret(kind) ? 'missing-secret' : 'missing-configmap';
}

function properKind(kind: string): string {
  return isSecret(kind) ? 'Secret' : 'ConfigMap';
}
