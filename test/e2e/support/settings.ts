import { readFileSync } from 'node:fs';
import { AutopilotError } from '#runtime/errors.ts';

export interface EndToEndSettings {
  readonly kubeconfigPath: string;
  /** What was loaded into the cluster. */
  readonly images: readonly { readonly name: string; readonly reference: string }[];
  /** Which kind of local cluster this is; tests of the node itself need to know. */
  readonly provider: string;
  readonly helm: string;
  readonly kubectl: string;
  /** Name and namespace of the release under test. */
  readonly release: string;
  readonly releaseNamespace: string;
  /** What tests that leave something to chance start from; they print it. */
  readonly seed: number;
}

/** @throws AutopilotError AP_SETTINGS_INVALID that says how these tests are meant to be run. */
export function readEndToEndSettings(environment: NodeJS.ProcessEnv = process.env): EndToEndSettings {
  const kubeconfigPath = environment['AUTOPILOT_E2E_KUBECONFIG'];
  const imagesPath = environment['AUTOPILOT_E2E_IMAGES'];
  if (!kubeconfigPath || !imagesPath) {
    throw new AutopilotError(
      'AP_SETTINGS_INVALID',
      'AUTOPILOT_E2E_KUBECONFIG and AUTOPILOT_E2E_IMAGES must name a kubeconfig and the list of loaded images; `make test` sets them',
    );
  }
  return {
    kubeconfigPath,
    images: JSON.parse(readFileSync(imagesPath, 'utf8')) as EndToEndSettings['images'],
    provider: environment['AUTOPILOT_E2E_PROVIDER'] || 'embedded',
    helm: environment['AUTOPILOT_HELM'] || 'helm',
    kubectl: environment['AUTOPILOT_KUBECTL'] || 'kubectl',
    release: 'infra-autopilot',
    releaseNamespace: environment['AUTOPILOT_E2E_NAMESPACE'] || 'infra-autopilot',
    seed: Number(environment['AUTOPILOT_E2E_SEED'] || Math.floor(Math.random() * 2 ** 32)),
  };
}
