import { readFileSync } from 'node:fs';
import https from 'node:https';
import { exampleAgent, exampleContext } from '#test/support/admission.ts';
import { admit } from '../../../webhook/admit.ts';
import { parseReview, type AdmissionOutcome } from '../../../webhook/review.ts';

// What answering a review costs at least: Node's own server, the same decision, and nothing around it.
// `node bare.mjs PORT CERTIFICATE KEY AUTHORITY`; says a line once it listens.
const [port, cert = '', key = '', authority = ''] = process.argv.slice(2);
// What an agent is given is as long as in the webhook's patches.
const agent = { ...exampleAgent, authorities: readFileSync(authority, 'utf8') };
const context = { ...exampleContext(), agent };

const server = https.createServer(
  { cert: readFileSync(cert), key: readFileSync(key), minVersion: 'TLSv1.3' },
  (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const parsed = parseReview(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      if ('problem' in parsed) {
        response.writeHead(400).end();
        return;
      }
      const body = answerTo(parsed.request.uid, admit(parsed.request, context));
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
      response.end(body);
    });
  },
);
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'));

function answerTo(uid: string, { patch }: AdmissionOutcome): string {
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
}
