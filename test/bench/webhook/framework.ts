import { readFileSync } from 'node:fs';
import { fastify } from 'fastify';
import { makeAnswer } from './answer.ts';

// What the framework takes of it: fastify as it comes, the same decision, and nothing around it.
// `node framework.mjs PORT CERTIFICATE KEY AUTHORITY`; says a line once it listens.
const [port, cert = '', key = '', authority = ''] = process.argv.slice(2);
const answer = makeAnswer(authority);

const server = fastify({
  https: { cert: readFileSync(cert), key: readFileSync(key), minVersion: 'TLSv1.3' },
});
server.removeAllContentTypeParsers();
server.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
server.post('/mutate', (request, reply) =>
  reply.header('content-type', 'application/json').send(answer(request.body as Buffer)),
);
await server.listen({ port: Number(port), host: '127.0.0.1' });
process.stdout.write('listening\n');
