import { createHash } from 'node:crypto';
import { tokenAudience } from '#contract/annotations.ts';
import type { Clock } from '#runtime/clock.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import { identityOf, type AgentIdentity, type TokenReviewStatus } from './agent-identity.ts';

/** A revoked token works at most this long. */
const positiveMilliseconds = 60_000;
const negativeMilliseconds = 10_000;
const maximumCached = 100_000;

/** Reviews under way at one time; more callers are told to come back, so that guessed tokens can't flood the API. */
const maximumConcurrent = 16;

const reviewTimeoutMilliseconds = 3_000;

/** A longer token than any API server issues. */
const maximumTokenCharacters = 8_192;

export type TokenVerdict =
  | { readonly verdict: 'known'; readonly identity: AgentIdentity }
  | { readonly verdict: 'unproven'; readonly why: string }
  /** Not known now: too many reviews under way, or the API gave no answer. */
  | { readonly verdict: 'busy'; readonly why: string };

/** Says which pod a bearer token belongs to, by asking the API server and remembering its answer for a while. */
export interface TokenReviews {
  /** Undefined when the API has to be asked. */
  remembered(token: string): TokenVerdict | undefined;
  review(token: string): Promise<TokenVerdict>;
}

export function makeTokenReviews(transport: KubeTransport, clock: Clock): TokenReviews {
  const cache = new Map<string, { readonly verdict: TokenVerdict; readonly until: number }>();
  const underWay = new Map<string, Promise<TokenVerdict>>();

  const remember = (key: string, verdict: TokenVerdict, milliseconds: number): TokenVerdict => {
    if (cache.size >= maximumCached) {
      const [oldest] = cache.keys();
      if (oldest !== undefined) cache.delete(oldest);
    }
    cache.set(key, { verdict, until: clock.now() + milliseconds });
    return verdict;
  };

  const recall = (key: string): TokenVerdict | undefined => {
    const known = cache.get(key);
    if (known === undefined) return undefined;
    if (clock.now() < known.until) return known.verdict;
    cache.delete(key);
    return undefined;
  };

  const ask = async (token: string, key: string): Promise<TokenVerdict> => {
    const answer = await transport.request<{ status?: TokenReviewStatus }>({
      method: 'POST',
      path: '/apis/authentication.k8s.io/v1/tokenreviews',
      body: {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenReview',
        spec: { token, audiences: [tokenAudience] },
      },
      timeoutMilliseconds: reviewTimeoutMilliseconds,
    });
    if (!answer.ok) return { verdict: 'busy', why: `the API server answered ${answer.status}` };
    const proof = identityOf(answer.body.status, tokenAudience);
    return 'identity' in proof
      ? remember(key, { verdict: 'known', identity: proof.identity }, positiveMilliseconds)
      : remember(key, { verdict: 'unproven', why: proof.unproven }, negativeMilliseconds);
  };

  return {
    remembered: (token) => recall(hashOf(token)),
    review: async (token) => {
      if (token.length > maximumTokenCharacters) return { verdict: 'unproven', why: 'the token is too long' };
      const key = hashOf(token);
      const known = recall(key);
      if (known) return known;
      const pending = underWay.get(key);
      if (pending) return await pending;
      if (underWay.size >= maximumConcurrent) return { verdict: 'busy', why: 'too many token reviews under way' };
      const asked = ask(token, key)
        .catch((): TokenVerdict => ({ verdict: 'busy', why: 'the API server gave no answer' }))
        .finally(() => underWay.delete(key));
      underWay.set(key, asked);
      return await asked;
    },
  };
}

/** Tokens are kept as hashes only, so that a memory dump is no bunch of keys. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
