import type { Clock } from '#runtime/clock.ts';
import type { AgentIdentity } from './agent-identity.ts';
import { makeTokenBuckets } from './token-bucket.ts';
import type { TokenReviews, TokenVerdict } from './token-reviews.ts';

/** Tokens that are not known yet, by address: an agent has one new token an hour. */
const newcomerRate = { perSecond: 1, burst: 10 };

/** Bound of each table that is kept by caller. */
export const maximumCallers = 100_000;

/** The pod that a body speaks of. */
export interface NamedPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export type AgentProof =
  | { readonly proven: AgentIdentity }
  | { readonly result: 'unauthenticated' | 'throttled' | 'forbidden'; readonly why: string };

/** Proves that a caller is the agent of the pod that it speaks of. */
export type AgentAuthentication = (
  authorization: string | undefined,
  address: string,
  pod: NamedPod,
) => Promise<AgentProof>;

export function makeAgentAuthentication(tokens: TokenReviews, clock: Clock): AgentAuthentication {
  const newcomers = makeTokenBuckets(newcomerRate, maximumCallers);

  const verdictOn = async (authorization: string | undefined, address: string): Promise<TokenVerdict> => {
    const token = /^Bearer ([\w.~+/-]+=*)$/.exec(authorization ?? '')?.[1];
    if (token === undefined) return { verdict: 'unproven', why: 'there is no bearer token' };
    const known = tokens.remembered(token);
    if (known) return known;
    if (!newcomers.take(address, clock.now())) return { verdict: 'busy', why: 'too many new tokens from this address' };
    return await tokens.review(token);
  };

  return async (authorization, address, pod) => {
    const verdict = await verdictOn(authorization, address);
    switch (verdict.verdict) {
      case 'unproven':
        return { result: 'unauthenticated', why: verdict.why };
      case 'busy':
        return { result: 'throttled', why: verdict.why };
      case 'known': {
        const { namespace, podName, podUid } = verdict.identity;
        const own = pod.namespace === namespace && pod.name === podName && pod.uid === podUid;
        return own
          ? { proven: verdict.identity }
          : { result: 'forbidden', why: 'the body is about another pod than the token' };
      }
    }
  };
}
