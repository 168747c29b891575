import { CoreV1Api } from '@kubernetes/client-node';
import { makeKubeTransport } from '#runtime/kubernetes/transport.ts';
import { call, loopbackConfig, say } from './measure.ts';

/** Connections that a hundred calls one after the other take, ours and client-node's. */
const port = Number(process.argv[2]);
const calls = 100;

const transport = await makeKubeTransport(loopbackConfig(port));
const start = await call(port, '/bench/connections');
for (let count = 0; count < calls; count += 1) await transport.request({ method: 'GET', path: '/api/v1/namespaces' });
const between = await call(port, '/bench/connections');
const api = loopbackConfig(port).makeApiClient(CoreV1Api);
for (let count = 0; count < calls; count += 1) await api.listNamespace();
const end = await call(port, '/bench/connections');
say({ ours: between - start, peer: end - between });
process.exit(0);
