import { readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { release } from '#infra/release.ts';
import type { EndToEndSettings } from './settings.ts';

/** Why a test that judges by the audit log or reaches into processes does not run elsewhere. */
export const onlyEmbedded = 'only the embedded node writes an audit log and shows the machine its processes';

/** One request as the API server wrote it down when it answered. */
export interface AuditEntry {
  readonly verb: string;
  /** With its subresource, as in `pods/eviction`. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly user: string;
  readonly code: number;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** What admission noted, by key. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Starts the names of the release's own users. */
export const releaseUsers = `system:serviceaccount:${release}:`;

interface AuditEvent {
  readonly verb: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  readonly responseStatus?: { readonly code?: number };
  readonly requestReceivedTimestamp: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Everything about a namespace that the API server's audit log holds, oldest first, rotated files among it. */
export async function auditOf({ kubeconfigPath }: EndToEndSettings, namespace: string): Promise<readonly AuditEntry[]> {
  const logs = join(dirname(kubeconfigPath), 'logs');
  const files = (await readdir(logs)).filter((file) => /^audit.*\.log$/.test(file));
  const texts = await Promise.all(files.map((file) => readFile(join(logs, file), 'utf8')));
  return texts
    .flatMap((text) => text.split('\n'))
    .filter((line) => line.includes(`"namespace":"${namespace}"`) && line.endsWith('}'))
    .map((line) => entryOf(JSON.parse(line) as AuditEvent))
    .toSorted((one, other) => one.receivedAt - other.receivedAt);
}

/** Creations of pods by the cluster's own controllers that the API server carried out. */
export async function podsMadeIn(settings: EndToEndSettings, namespace: string): Promise<readonly AuditEntry[]> {
  return (await auditOf(settings, namespace)).filter(
    ({ verb, resource, code }) => verb === 'create' && resource === 'pods' && code < 300,
  );
}

/** Evictions that the API server carried out. A pod of a Deployment has a name that no other ever has. */
export async function evictionsIn(settings: EndToEndSettings, namespace: string): Promise<readonly AuditEntry[]> {
  return (await auditOf(settings, namespace)).filter(
    ({ resource, code }) => resource === 'pods/eviction' && code < 300,
  );
}

function entryOf({ verb, user, objectRef = {}, responseStatus, ...event }: AuditEvent): AuditEntry {
  const { resource = '', subresource, namespace = '', name = '' } = objectRef;
  return {
    verb,
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    namespace,
    name,
    user: user.username,
    code: responseStatus?.code ?? 0,
    receivedAt: Date.parse(event.requestReceivedTimestamp),
    annotations: event.annotations ?? {},
  };
}
