import { readFileSync } from 'node:fs';
import { exampleAgent, exampleContext } from '#test/support/admission.ts';
import { admit } from '../../../webhook/admit.ts';
import { parseReview } from '../../../webhook/review.ts';

/** The webhook's decision about a review and the AdmissionReview to answer with, and nothing around it. */
export function makeAnswer(authorityPath: string): (body: Buffer) => string {
  // What an agent is given is as long as in the webhook's patches.
  const agent = { ...exampleAgent, authorities: readFileSync(authorityPath, 'utf8') };
  const context = { ...exampleContext(), agent };
  return (body) => {
    const parsed = parseReview(JSON.parse(body.toString('utf8')));
    if ('problem' in parsed) throw new Error(parsed.problem);
    const { uid } = parsed.request;
    const { patch } = admit(parsed.request, context);
    return JSON.stringify({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: {
        uid,
        allowed: true,
        patchType: 'JSONPatch',
        patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
      },
    });
  };
}
