import { expect, test } from 'vitest';
import { scriptedTransport } from '#test/support/scripted-transport.ts';
import { makeTokenReviews } from './token-reviews.ts';

const proven = {
  status: {
    authenticated: true,
    audiences: ['infra-autopilot'],
    user: {
      username: 'system:serviceaccount:shop:default',
      extra: { 'authentication.kubernetes.io/pod-name': ['web-1'], 'authentication.kubernetes.io/pod-uid': ['pod-1'] },
    },
  },
};

function setUp(answer: () => unknown) {
  let now = 0;
  const transport = scriptedTransport(() => ({ ok: true, status: 201, body: answer() }));
  const reviews = makeTokenReviews(transport, { now: () => now, sleep: () => Promise.resolve() });
  return { transport, reviews, pass: (seconds: number) => (now += seconds * 1000) };
}

test('asks with our audience and remembers a proven token for less than a minute', async () => {
  const { transport, reviews, pass } = setUp(() => proven);
  expect(await reviews.review('a')).toMatchObject({ verdict: 'known', identity: { podUid: 'pod-1' } });
  expect(transport.requests[0]?.body).toMatchObject({ spec: { token: 'a', audiences: ['infra-autopilot'] } });
  pass(59);
  await reviews.review('a');
  expect(transport.requests).toHaveLength(1);
  pass(1);
  await reviews.review('a');
  expect(transport.requests).toHaveLength(2);
});

test('remembers an unproven token for ten seconds', async () => {
  const { transport, reviews, pass } = setUp(() => ({ status: { authenticated: false } }));
  expect(await reviews.review('a')).toMatchObject({ verdict: 'unproven' });
  pass(9);
  await reviews.review('a');
  expect(transport.requests).toHaveLength(1);
  pass(1);
  await reviews.review('a');
  expect(transport.requests).toHaveLength(2);
});

test('asks once for a token that many reports bring at one time', async () => {
  const { transport, reviews } = setUp(() => proven);
  await Promise.all([reviews.review('a'), reviews.review('a'), reviews.review('a')]);
  expect(transport.requests).toHaveLength(1);
});

test('sends callers away instead of flooding the API with guessed tokens', async () => {
  const { transport, reviews } = setUp(() => proven);
  const verdicts = await Promise.all(Array.from({ length: 40 }, (_none, index) => reviews.review(`token-${index}`)));
  expect(transport.requests).toHaveLength(16);
  expect(verdicts.filter(({ verdict }) => verdict === 'busy')).toHaveLength(24);
});

test('takes no answer of the API for no proof, and does not remember it', async () => {
  const transport = scriptedTransport(() => {
    throw new Error('no answer');
  });
  const reviews = makeTokenReviews(transport, { now: () => 0, sleep: () => Promise.resolve() });
  expect(await reviews.review('a')).toMatchObject({ verdict: 'busy' });
  expect(reviews.remembered('a')).toBeUndefined();
});
