import { X509Certificate } from 'node:crypto';
import { issueLeaf } from '../../webhook/certificates/issue.ts';
import { leafLifeMilliseconds, renewalRatio } from '../../webhook/certificates/lifetimes.ts';
import type { Authority, ServingCertificate } from '../../webhook/certificates/material.ts';

/** A certificate for the names of another, so old that the webhook renews it as soon as its authority is settled. */
export function dueLeaf(authority: Authority, leaf: string, now: number): Promise<ServingCertificate> {
  const names = new X509Certificate(leaf).subjectAltName?.split(', ').map((name) => name.replace('DNS:', '')) ?? [];
  return issueLeaf(authority, names, now - leafLifeMilliseconds * renewalRatio);
}
