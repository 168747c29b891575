import { readFileSync } from 'node:fs';
import https from 'node:https';
import { makeAnswer } from './answer.ts';

// What answering a review costs at least: Node's own server, the same decision, and nothing around it.
// `node bare.mjs PORT CERTIFICATE KEY AUTHORITY`; says a line once it listens.
const [port, cert = '', key = '', authority = ''] = process.argv.slice(2);
const answer = makeAnswer(authority);

const server = https.createServer(
  // Others are asked in between.
  { cert: readFileSync(cert), key: readFileSync(key), minVersion: 'TLSv1.3', keepAliveTimeout: 60_000 },
  (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = answer(Buffer.concat(chunks));
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
      response.end(body);
    });
  },
);
server.listen(Number(port), '127.0.0.1', () => process.stdout.write('listening\n'));
