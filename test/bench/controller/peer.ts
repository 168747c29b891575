import { CoreV1Api, makeInformer } from '@kubernetes/client-node';
import { configOf } from './kube-config.ts';
import type { Subject } from './protocol.ts';

/** The same with client-node's own informer and API. */
export function makePeer(server: string): Subject {
  const config = configOf(server);
  const api = config.makeApiClient(CoreV1Api);
  return {
    list: async (onChange = () => undefined) => {
      const informer = makeInformer(config, '/api/v1/pods', () => api.listPodForAllNamespaces());
      const failed = new Promise<never>((_, reject) => informer.on('error', reject));
      failed.catch(() => undefined);
      informer.on('update', onChange);
      await Promise.race([informer.start(), failed]);
      return () => informer.list().length;
    },
    call: async (count) => {
      for (let call = 0; call < count; call += 1) await api.listNode();
    },
  };
}
