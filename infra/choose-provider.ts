import { embedded } from './local/embedded.ts';
import { dockerAnswers } from './kind/docker.ts';
import { kind } from './kind/kind.ts';
import type { ClusterProvider } from './provider.ts';
import type { Settings } from './settings.ts';

/** kind where a Docker daemon answers, else a node of our own; PROVIDER decides otherwise. */
export async function chooseProvider(settings: Settings): Promise<ClusterProvider> {
  switch (settings.provider) {
    case 'kind':
      return kind;
    case 'embedded':
      return embedded;
    case 'auto':
      return (await dockerAnswers()) ? kind : embedded;
  }
}
