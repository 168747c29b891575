import { describe, expect, test } from 'vitest';
import { makePod, makeReview } from '#test/support/admission.ts';
import { parseReview, renderResponse } from './review.ts';

describe('parseReview', () => {
  test.each([
    ['no object', [], 'the body is not a JSON object'],
    ['null', null, 'the body is not a JSON object'],
    [
      'another version',
      { ...makeReview({}), apiVersion: 'admission.k8s.io/v1beta1' },
      'apiVersion must be admission.k8s.io/v1',
    ],
    ['another kind', { ...makeReview({}), kind: 'Pod' }, 'kind must be AdmissionReview'],
    ['no request', { ...makeReview({}), request: undefined }, 'request is missing'],
    ['no uid', makeReview({}, { uid: undefined }), 'request.uid is missing'],
    ['an empty uid', makeReview({}, { uid: '' }), 'request.uid is missing'],
  ])('refuses %s', (_what, body, problem) => {
    expect(parseReview(body)).toEqual({ problem });
  });

  test('takes the namespace from the request, since a new pod may not name its own', () => {
    expect(parseReview(makeReview(makePod()))).toMatchObject({
      request: { namespace: 'shop', name: 'cart-7d9c5b8f6-', isPod: true, operation: 'CREATE', dryRun: false },
    });
  });

  test.each([
    ['another kind', { kind: { group: 'apps', version: 'v1', kind: 'Deployment' } }],
    ['another version of pods', { kind: { group: '', version: 'v2', kind: 'Pod' } }],
    ['a subresource', { subResource: 'eviction' }],
  ])('knows that %s is no pod', (_what, request) => {
    expect(parseReview(makeReview(makePod(), request))).toMatchObject({ request: { isPod: false } });
  });
});

describe('renderResponse', () => {
  test('allows the pod, says why in audit annotations, and carries no patch when there is none', () => {
    expect(JSON.parse(renderResponse('u', { reason: 'windows', patch: [], warnings: [] }))).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {
        uid: 'u',
        allowed: true,
        auditAnnotations: { reason: 'windows', message: 'The agent is a Linux program.' },
      },
    });
  });

  test('encodes a patch in base64 and passes warnings on', () => {
    const patch = [{ op: 'add', path: '/spec/volumes', value: [] }] as const;
    const answer = renderResponse('"u', { reason: 'injected', patch, warnings: ['look "here"'] });
    expect(JSON.parse(answer)).toMatchObject({
      response: {
        uid: '"u',
        patchType: 'JSONPatch',
        patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
        warnings: ['look "here"'],
      },
    });
  });

  test('is ASCII whatever it says, so that its length is its bytes', () => {
    const answer = renderResponse('ü', { reason: 'injected', patch: [], warnings: ['größer – 🙂'] });
    expect(Buffer.byteLength(answer)).toBe(answer.length);
    expect(JSON.parse(answer)).toMatchObject({ response: { uid: 'ü', warnings: ['größer – 🙂'] } });
  });
});
