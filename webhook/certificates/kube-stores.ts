import { secondTime } from '#contract/micro-time.ts';
import { AutopilotError } from '#runtime/errors.ts';
import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { SecretEvents, SecretStore, WebhookConfigurationStore, WriteResult } from './stores.ts';

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

interface MutatingWebhookConfiguration extends KubeObject {
  readonly webhooks?: readonly { readonly clientConfig?: { readonly caBundle?: string } }[];
}

const mergePatch = 'application/merge-patch+json';
const jsonPatch = 'application/json-patch+json';

/** Keeps Secrets of one namespace in the API server. Needs get and patch on the named ones, nothing else. */
export function makeKubeSecretStore(kube: KubeTransport, namespace: string): SecretStore {
  const pathOf = (name: string): string => `/api/v1/namespaces/${namespace}/secrets/${encodeURIComponent(name)}`;
  return {
    read: async (name) => {
      const answer = await kube.request<Secret>({ method: 'GET', path: pathOf(name) });
      if (!answer.ok && answer.status === 404) return 'absent';
      const secret = bodyOf(answer, `read Secret ${name}`);
      const data = Object.entries(secret.data ?? {}).map(([key, value]) => [key, decode(value)] as const);
      return { resourceVersion: versionOf(secret), data: Object.fromEntries(data) };
    },
    write: async (name, resourceVersion, data) => {
      const encoded = Object.entries(data).map(([key, value]) => [key, encode(value)] as const);
      const answer = await kube.request<Secret>({
        method: 'PATCH',
        path: pathOf(name),
        contentType: mergePatch,
        // A resourceVersion in a patch is a precondition: the API refuses with 409 if somebody was faster.
        body: { metadata: { resourceVersion }, data: Object.fromEntries(encoded) },
      });
      return writeResult(answer, `write Secret ${name}`);
    },
  };
}

const hourMilliseconds = 3_600_000;

/** Writes Events beside the Secrets. Needs create on Events of the namespace. */
export function makeKubeSecretEvents(kube: KubeTransport, namespace: string): SecretEvents {
  return {
    missing: async (secret, message, now) => {
      const at = secondTime(now);
      const answer = await kube.request({
        method: 'POST',
        path: `/api/v1/namespaces/${namespace}/events`,
        body: {
          apiVersion: 'v1',
          kind: 'Event',
          // The hour in the name: the other replica's, or one's own before a restart, is then there already.
          metadata: { name: `${secret}.missing.${Math.floor(now / hourMilliseconds)}`, namespace },
          involvedObject: { apiVersion: 'v1', kind: 'Secret', namespace, name: secret },
          type: 'Warning',
          reason: 'SecretMissing',
          message,
          firstTimestamp: at,
          lastTimestamp: at,
          count: 1,
          source: { component: 'infra-autopilot' },
        },
      });
      return writeResult(answer, `write the Event about Secret ${secret}`);
    },
  };
}

/** Keeps the caBundle of one MutatingWebhookConfiguration. Needs get and patch on it. */
export function makeKubeWebhookConfigurationStore(kube: KubeTransport, name: string): WebhookConfigurationStore {
  const path = `/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/${encodeURIComponent(name)}`;
  const what = `MutatingWebhookConfiguration ${name}`;
  return {
    read: async () => {
      const answer = await kube.request<MutatingWebhookConfiguration>({ method: 'GET', path });
      const configuration = bodyOf(answer, `read ${what}`);
      return {
        resourceVersion: versionOf(configuration),
        bundles: (configuration.webhooks ?? []).map((entry) => decode(entry.clientConfig?.caBundle ?? '')),
      };
    },
    write: async (stored, bundle) => {
      const answer = await kube.request<MutatingWebhookConfiguration>({
        method: 'PATCH',
        path,
        contentType: jsonPatch,
        body: [
          { op: 'replace', path: '/metadata/resourceVersion', value: stored.resourceVersion },
          ...stored.bundles.map((_bundle, index) => ({
            op: 'add',
            path: `/webhooks/${index}/clientConfig/caBundle`,
            value: encode(bundle),
          })),
        ],
      });
      return writeResult(answer, `write ${what}`);
    },
  };
}

function bodyOf<Body>(answer: KubeAnswer<Body>, what: string): Body {
  if (answer.ok) return answer.body;
  throw new AutopilotError('AP_KUBERNETES_REQUEST', `could not ${what}: ${answer.status} ${answer.message}`);
}

function writeResult(answer: KubeAnswer<unknown>, what: string): WriteResult {
  if (!answer.ok && answer.status === 409) return 'conflict';
  bodyOf(answer, what);
  return 'written';
}

function versionOf(object: KubeObject): string {
  return object.metadata?.resourceVersion ?? '';
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}
