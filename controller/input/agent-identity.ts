/** The pod that a token was issued to, as the API server says it, not as the caller does. */
export interface AgentIdentity {
  readonly namespace: string;
  readonly podName: string;
  readonly podUid: string;
}

/** The parts of a TokenReview's status that are read. */
export interface TokenReviewStatus {
  readonly authenticated?: boolean;
  readonly audiences?: readonly string[];
  readonly user?: {
    readonly username?: string;
    readonly extra?: Readonly<Record<string, readonly string[]>>;
  };
}

const podNameExtra = 'authentication.kubernetes.io/pod-name';
const podUidExtra = 'authentication.kubernetes.io/pod-uid';

/**
 * The identity that a TokenReview proves, or why it proves none. An API server that doesn't know audiences answers
 * without them; that is not taken for a yes, or any ServiceAccount token would do.
 */
export function identityOf(
  status: TokenReviewStatus | undefined,
  audience: string,
): { readonly identity: AgentIdentity } | { readonly unproven: string } {
  if (status?.authenticated !== true) return { unproven: 'the token is not valid' };
  if (status.audiences?.includes(audience) !== true) return { unproven: 'the token is for another audience' };
  const [system, kind, namespace, account, ...rest] = (status.user?.username ?? '').split(':');
  const isServiceAccount = system === 'system' && kind === 'serviceaccount' && rest.length === 0;
  if (!isServiceAccount || !namespace || !account) return { unproven: 'the token is not a ServiceAccount token' };
  const podName = status.user?.extra?.[podNameExtra]?.[0];
  const podUid = status.user?.extra?.[podUidExtra]?.[0];
  if (!podName || !podUid) return { unproven: 'the token is not bound to a pod' };
  return { identity: { namespace, podName, podUid } };
}
