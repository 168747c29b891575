import { issueAuthority, issueLeaf } from '../../webhook/certificates/issue.ts';
import { authoritySettleMilliseconds, leafLifeMilliseconds } from '../../webhook/certificates/lifetimes.ts';
import { serviceNames, type Authority, type ServingCertificate } from '../../webhook/certificates/material.ts';

/** Past two thirds of a leaf's life, and not yet at its end. Milliseconds. */
const dueAge = 0.75 * leafLifeMilliseconds;

export interface NextCertificates {
  /** By its dates it has been handed out for long enough to sign. */
  readonly authority: Authority;
  /** Of that authority, and due for renewal. */
  readonly dueLeaf: ServingCertificate;
}

/** What the webhook has in hand when, months later, it changes to another authority and its leaf comes to its end. */
export async function nextCertificates(service: string, namespace: string, now: number): Promise<NextCertificates> {
  const authority = await issueAuthority(now - 1.5 * authoritySettleMilliseconds);
  return { authority, dueLeaf: await issueLeaf(authority, serviceNames(service, namespace), now - dueAge) };
}
