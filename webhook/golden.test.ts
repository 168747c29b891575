import { readdirSync, readFileSync } from 'node:fs';
import jsonPatch from 'fast-json-patch';
import { describe, expect, test } from 'vitest';
import { exampleContext, exampleOverride, exampleOverrides, goldenOwner } from '#test/support/admission.ts';
import { admit } from './admit.ts';
import { parseReview, renderResponse } from './review.ts';

const folder = new URL('./golden/', import.meta.url);
const shapes = readdirSync(folder)
  .filter((name) => name.endsWith('.review.json'))
  .map((name) => name.replace('.review.json', ''));

const goldenOverride = exampleOverride({ owner: goldenOwner });

interface Review {
  readonly request: { readonly object: object };
}

function readReview(shape: string): Review {
  return JSON.parse(readFileSync(new URL(`${shape}.review.json`, folder), 'utf8')) as Review;
}

function answer(review: unknown): { readonly reason: string; readonly patch: readonly jsonPatch.Operation[] } {
  const parsed = parseReview(review);
  if ('problem' in parsed) throw new TypeError(parsed.problem);
  const context = { ...exampleContext({ acts: true }), overrides: exampleOverrides([goldenOverride]) };
  const { reason, patch } = admit(parsed.request, context);
  return { reason, patch };
}

describe('a golden AdmissionReview', () => {
  test('exists for every shape that matters', () => {
    expect(shapes.length).toBeGreaterThanOrEqual(29);
  });

  test.each(shapes)('%s gives its golden patch', async (shape) => {
    const given = answer(readReview(shape));
    const text = `${JSON.stringify(given, undefined, 2)}\n`;
    await expect(text).toMatchFileSnapshot(`./golden/${shape}.answer.json`);
  });

  test.each(shapes)('%s becomes its golden pod when the patch is applied', async (shape) => {
    const { object } = readReview(shape).request;
    const { newDocument } = jsonPatch.applyPatch(object, answer(readReview(shape)).patch, true, false);
    await expect(`${JSON.stringify(newDocument, undefined, 2)}\n`).toMatchFileSnapshot(`./golden/${shape}.pod.json`);
  });

  test.each(shapes)('%s is not changed by a second run', (shape) => {
    const review = readReview(shape);
    const { newDocument } = jsonPatch.applyPatch(review.request.object, answer(review).patch, true, false);
    const again = answer({ ...review, request: { ...review.request, object: newDocument } });
    expect(again.patch).toEqual([]);
  });

  test('is answered in the form that the API server reads', () => {
    const { patch } = answer(readReview('deployment-pod'));
    const text = renderResponse('u', { reason: 'injected', patch: patch as never, warnings: [] });
    const { response } = JSON.parse(text) as { readonly response: { readonly patch: string } };
    expect(JSON.parse(Buffer.from(response.patch, 'base64').toString())).toEqual(patch);
  });
});
