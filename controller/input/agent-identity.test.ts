import { expect, test } from 'vitest';
import { identityOf, type TokenReviewStatus } from './agent-identity.ts';

const good: TokenReviewStatus = {
  authenticated: true,
  audiences: ['infra-autopilot'],
  user: {
    username: 'system:serviceaccount:shop:default',
    extra: { 'authentication.kubernetes.io/pod-name': ['web-1'], 'authentication.kubernetes.io/pod-uid': ['pod-1'] },
  },
};

test('takes namespace, pod name and pod uid from what the API server says', () => {
  expect(identityOf(good, 'infra-autopilot')).toEqual({
    identity: { namespace: 'shop', podName: 'web-1', podUid: 'pod-1' },
  });
});

const unproven: readonly [name: string, status: TokenReviewStatus | undefined, why: string][] = [
  ['no status', undefined, 'the token is not valid'],
  ['a token that is not authenticated', { ...good, authenticated: false }, 'the token is not valid'],
  [
    'an answer that names no audience',
    { authenticated: true, user: good.user ?? {} },
    'the token is for another audience',
  ],
  ['another audience', { ...good, audiences: ['https://kubernetes.default.svc'] }, 'the token is for another audience'],
  ['a user', { ...good, user: { ...good.user, username: 'admin' } }, 'the token is not a ServiceAccount token'],
  [
    'a user whose name starts like a ServiceAccount',
    { ...good, user: { ...good.user, username: 'system:serviceaccount:shop:default:x' } },
    'the token is not a ServiceAccount token',
  ],
  [
    'a token that no pod is bound to',
    { ...good, user: { username: 'system:serviceaccount:shop:default' } },
    'the token is not bound to a pod',
  ],
];

test.each(unproven)('believes nothing on %s', (_name, status, why) => {
  expect(identityOf(status, 'infra-autopilot')).toEqual({ unproven: why });
});
