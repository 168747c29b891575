import type { ObjectMetadata } from '#runtime/kubernetes/object.ts';
import type { OwnerSnapshot } from '../../model/snapshot.ts';

/** Labels or annotations that the tools leave on what they declare; the first tool that left one owns the object. */
const marks = [
  ['argo-cd', ['argocd.argoproj.io/instance', 'argocd.argoproj.io/tracking-id']],
  ['flux', ['kustomize.toolkit.fluxcd.io/name', 'helm.toolkit.fluxcd.io/name']],
  ['helm', ['meta.helm.sh/release-name']],
] as const;

/** The tool that declares an object and would undo, or be surprised by, a change of it. */
export function managedBy(metadata: ObjectMetadata | undefined): OwnerSnapshot['managedBy'] {
  const { labels, annotations } = metadata ?? {};
  const marked = marks.find(([, keys]) =>
    keys.some((key) => labels?.[key] !== undefined || annotations?.[key] !== undefined),
  );
  return marked?.[0] ?? (labels?.['app.kubernetes.io/managed-by'] === 'Helm' ? 'helm' : undefined);
}
