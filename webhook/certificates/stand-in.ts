import { inspectAuthority, inspectLeaf, tidyBundle } from './inspect.ts';
import { issueAuthority, issueLeaf } from './issue.ts';
import type { KeptMaterial } from './secrets.ts';

/**
 * What a webhook serves with while its Secret is gone, in memory alone: what it remembers, with a leaf that is renewed
 * as usual; or, in a process that has started since, an authority of its own, beside those that agents trust already.
 * `trusted` is a PEM bundle of those.
 */
export async function standIn(
  remembered: KeptMaterial | undefined,
  trusted: string,
  dnsNames: readonly string[],
  now: number,
): Promise<KeptMaterial> {
  const authority = remembered && inspectAuthority(remembered.bundle, remembered.authorityKey, now);
  if (remembered !== undefined && (authority === undefined || authority === 'due')) {
    if (inspectLeaf(remembered.leaf, remembered.bundle, dnsNames, now) === undefined) return remembered;
    const signer = { cert: remembered.bundle, key: remembered.authorityKey };
    return { ...remembered, leaf: await issueLeaf(signer, dnsNames, now) };
  }
  const fresh = await issueAuthority(now);
  return {
    leaf: await issueLeaf(fresh, dnsNames, now),
    bundle: tidyBundle(fresh.cert + trusted, now),
    authorityKey: fresh.key,
  };
}
