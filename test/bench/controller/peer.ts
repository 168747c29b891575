import { CoreV1Api, makeInformer, type KubernetesListObject, type V1Pod } from '@kubernetes/client-node';
import { heapBytes, loopbackConfig, peakRssBytes, say } from './measure.ts';

/** The peer: client-node's informer of pods, which keeps whole objects. */
const port = Number(process.argv[2]);

const before = heapBytes();
const began = performance.now();
const config = loopbackConfig(port);
const api = config.makeApiClient(CoreV1Api);
const informer = makeInformer(
  config,
  '/api/v1/pods',
  async (): Promise<KubernetesListObject<V1Pod>> => await api.listPodForAllNamespaces(),
);
informer.on('error', () => undefined);
await informer.start();
const listSeconds = (performance.now() - began) / 1000;
say({ heapBytes: heapBytes() - before, peakRssBytes: peakRssBytes(), listSeconds, pods: informer.list().length });
process.exit(0);
