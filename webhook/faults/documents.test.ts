import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import jsonPatch from 'fast-json-patch';
import { expect, test } from 'vitest';
import { exampleContext, exampleOverride, exampleOverrides, makeReview } from '#test/support/admission.ts';
import { fuzzRuns } from '#test/support/settings.ts';
import { makeTestServer, post } from '#test/support/webhook-server.ts';
import { noRules, readLimitRange, readResourceQuota, type NamespaceRules, type QuotaRule } from '../namespace-rules.ts';

const folder = new URL('../golden/', import.meta.url);
const realReviews = readdirSync(folder)
  .filter((name) => name.endsWith('.review.json'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'));

/** A namespace where nothing is said, and one where everything is. */
const strict: NamespaceRules = {
  acts: true,
  annotations: {
    'infra-autopilot.io/cache-volumes': 'data,tmp',
    'infra-autopilot.io/share-process-namespace': 'true',
    'infra-autopilot.io/agent-cpu-request': 'x',
  },
  limits: readLimitRange({
    spec: {
      limits: [
        { type: 'Container', max: { memory: '100Mi' }, maxLimitRequestRatio: { cpu: 4 } },
        { type: 'Pod', max: { cpu: '3' } },
      ],
    },
  }),
  quotas: [
    readResourceQuota({ spec: { hard: { 'limits.cpu': '4' } }, status: { used: { 'limits.cpu': 1 } } }) as QuotaRule,
  ],
};

/** For the owners of the real pods, so that some are changed and others are not. */
const overrides = exampleOverrides(
  ['1b2c', 'over'].map((uid) => exampleOverride({ owner: { kind: 'ReplicaSet', name: 'cart-7d9c5b8f6', uid } })),
);

type Json = ReturnType<typeof JSON.parse>;

/** Where to go down in a document, and what to put there. */
const mutation = fc.record({
  path: fc.array(fc.nat(40), { minLength: 1, maxLength: 8 }),
  value: fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(null, '', -1, 1e308, [], {}, [[[]]], 'infra-autopilot-agent', 9615),
    fc.constant(JSON.parse('{"__proto__":{"a":1},"constructor":{"prototype":{"b":1}}}')),
    fc
      .integer({ min: 1, max: 500 })
      .map((depth) => JSON.parse(`${'{"a":['.repeat(depth)}${']}'.repeat(depth)}`) as unknown),
  ),
  how: fc.constantFrom('set', 'delete', 'add'),
});

/** Changes a document that is the mutation's own. */
function mutate(
  document: Json,
  { path, value: given, how }: typeof mutation extends fc.Arbitrary<infer M> ? M : never,
): void {
  // A copy: the given one would be shared, and changed by what comes after.
  const value = JSON.parse(JSON.stringify(given)) as unknown;
  let parent = document;
  for (const step of path.slice(0, -1)) {
    const children = Object.values(parent).filter((child) => typeof child === 'object' && child !== null);
    if (children.length === 0) break;
    parent = children[step % children.length];
  }
  const keys = Object.keys(parent);
  const key = keys[(path.at(-1) ?? 0) % Math.max(1, keys.length)];
  if (how === 'add' || key === undefined) {
    if (Array.isArray(parent)) parent.push(value);
    else parent[`added-${path.length}`] = value;
  } else if (how === 'set') parent[key] = value;
  else if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
}

const mutatedReview = fc
  .tuple(fc.constantFrom(...realReviews), fc.array(mutation, { minLength: 1, maxLength: 6 }), fc.boolean())
  .map(([text, mutations, isStrict]) => {
    const review = JSON.parse(text) as Json;
    if (isStrict) review.request.namespace = 'strict';
    for (const one of mutations) mutate(review.request.object ?? review, one);
    return JSON.stringify(review);
  });

const anyBody = fc.oneof(
  { weight: 6, arbitrary: mutatedReview },
  { weight: 2, arbitrary: fc.jsonValue().map((object) => JSON.stringify(makeReview(object))) },
  { weight: 1, arbitrary: fc.jsonValue().map((request) => JSON.stringify({ ...makeReview({}), request })) },
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.tuple(mutatedReview, fc.nat()).map(([text, end]) => text.slice(0, end % text.length)) },
);

interface Answer {
  readonly response: {
    readonly allowed: boolean;
    readonly patch?: string;
    readonly auditAnnotations: { reason: string; override?: string };
  };
}

test(
  `fault 26: of ${fuzzRuns} random documents none is answered with 5xx or late, each patch applies, and twice is once`,
  { timeout: 60_000 + fuzzRuns * 20 },
  async () => {
    const { server } = makeTestServer({
      context: () => ({
        ...exampleContext(),
        rulesOf: (name) => (name === 'strict' ? strict : { ...noRules, acts: true }),
        overrides,
      }),
    });
    const seen = new Map<string, number>();
    const property = fc.asyncProperty(anyBody, async (body) => {
      const startedAt = performance.now();
      const { statusCode, payload } = await post(server, body);
      expect(performance.now() - startedAt).toBeLessThan(2_000);
      expect(statusCode).toBeLessThan(500);
      const { response } = statusCode === 200 ? (JSON.parse(payload) as Answer) : { response: undefined };
      const what = response?.auditAnnotations.reason ?? String(statusCode);
      for (const one of [what, ...(response?.auditAnnotations.override === undefined ? [] : ['overridden'])]) {
        seen.set(one, (seen.get(one) ?? 0) + 1);
      }
      expect(what).not.toBe('internal-error');
      if (response?.patch === undefined) return;
      expect(response.allowed).toBe(true);
      const review = JSON.parse(body) as { readonly request: { readonly object: object } };
      const patch = JSON.parse(Buffer.from(response.patch, 'base64').toString('utf8')) as jsonPatch.Operation[];
      const { newDocument } = jsonPatch.applyPatch(review.request.object, patch, true, false);
      const again = await post(
        server,
        JSON.stringify({ ...review, request: { ...review.request, object: newDocument } }),
      );
      const second = again.json<Answer>().response;
      expect(second.patch).toBeUndefined();
      expect(second.auditAnnotations.reason).toBe(what === 'injected' ? 'already-injected' : what);
    });
    await fc.assert(property, { numRuns: fuzzRuns });
    expect(({} as Record<string, unknown>)['a']).toBeUndefined();
    // Otherwise nothing but refusals would have been tried.
    expect((seen.get('injected') ?? 0) / fuzzRuns).toBeGreaterThan(0.1);
    expect((seen.get('overridden') ?? 0) / fuzzRuns).toBeGreaterThan(0.02);
    expect(seen.size).toBeGreaterThan(8);
  },
);
