import { maximumCacheFolderCharacters, maximumCacheFolders } from '#contract/agent-settings.ts';
import { isObject, objectsAt, stringAt } from '#contract/json.ts';
import { allContainers, type PodShape } from '#contract/pod-shape.ts';

/** Kinds of volumes whose content belongs to the pod. A ConfigMap's or a node's own folder is nobody's cache. */
const cacheKinds = ['emptyDir', 'persistentVolumeClaim', 'ephemeral'] as const;

/** The volumes that the annotation names and that can be emptied, with a warning for each that can not. */
export function cacheVolumes(
  pod: PodShape,
  annotation: string,
  maximum: number,
): { readonly volumes: readonly string[]; readonly warnings: readonly string[] } {
  const names = entriesOf(annotation, maximum);
  const volumes: string[] = [];
  const warnings: string[] = [];
  for (const name of names.entries) {
    const problem = volumeProblem(pod, name);
    if (problem === undefined) volumes.push(name);
    else warnings.push(`infra-autopilot: cache-volumes: ${shown(name)} ${problem}`);
  }
  if (names.more) warnings.push(`infra-autopilot: cache-volumes: only the first ${maximum} are used`);
  return { volumes, warnings };
}

/** The folders to empty, as `volume` or `volume/path`. Where paths are given, nothing but these: a slip never widens it. */
export function cacheFolders(
  volumes: readonly string[],
  annotation: string | undefined,
): { readonly folders: readonly string[]; readonly warnings: readonly string[] } {
  if (annotation === undefined) return { folders: volumes, warnings: [] };
  const paths = entriesOf(annotation, maximumCacheFolders);
  const folders: string[] = [];
  const warnings: string[] = [];
  for (const path of paths.entries) {
    const [volume = '', ...names] = path.replace(/\/+$/, '').split('/');
    const isUsable = volumes.includes(volume) && names.every(isName) && path.length <= maximumCacheFolderCharacters;
    if (isUsable) folders.push([volume, ...names].join('/'));
    else warnings.push(`infra-autopilot: cache-paths: ${shown(volume)} has a path that is no volume/path of a cache`);
  }
  if (paths.more) warnings.push(`infra-autopilot: cache-paths: only the first ${maximumCacheFolders} are used`);
  return { folders: [...new Set(folders)], warnings };
}

/**
 * A volume that no container mounts is not taken: a claim of a block device can't be mounted as a folder, and a mount
 * that fails would keep the pod from starting.
 */
function volumeProblem(pod: PodShape, name: string): string | undefined {
  const volume = pod.volumes?.find((candidate) => candidate['name'] === name);
  if (volume === undefined) return 'is no volume of the pod';
  if (!cacheKinds.some((kind) => isObject(volume[kind]))) return `is not one of ${cacheKinds.join(', ')}`;
  const claim = volume['persistentVolumeClaim'];
  if (isObject(claim) && claim['readOnly'] === true) return 'is read-only';
  const isMounted = allContainers(pod).some((container) =>
    objectsAt(container, 'volumeMounts').some((mount) => stringAt(mount, 'name') === name),
  );
  return isMounted ? undefined : 'is mounted by no container';
}

function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !name.includes('\0');
}

/** Splits no more than it keeps: an annotation may be as long as all of them together. */
function entriesOf(text: string, maximum: number): { readonly entries: readonly string[]; readonly more: boolean } {
  const parts = text.split(',', maximum * 4);
  const entries = [...new Set(parts.map((part) => part.trim()).filter((part) => part !== ''))];
  return { entries: entries.slice(0, maximum), more: entries.length > maximum };
}

/** A warning travels in a header: only what is a proper name is repeated in it. */
function shown(name: string): string {
  return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name) ? name : 'an entry';
}
