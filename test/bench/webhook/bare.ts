import { readFileSync } from 'node:fs';
import https from 'node:https';
import { exampleContext } from '#test/support/admission.ts';
import { admit } from '../../../webhook/admit.ts';
import { buildResponse, parseReview } from '../../../webhook/review.ts';

// What answering a review costs at least: Node's own server, the same decision, and nothing around it.
// `node bare.mjs PORT CERTIFICATE KEY`; says a line once it listens.
const [port, cert = '', key = ''] = process.argv.slice(2);

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
      const body = JSON.stringify(buildResponse(parsed.request.uid, admit(parsed.request, exampleContext())));
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
      response.end(body);
    });
  },
);
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'));
