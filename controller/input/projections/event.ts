import { millisecondsOf } from '#contract/micro-time.ts';
import type { KubeObject } from '#runtime/kubernetes/object.ts';
import type { EventSnapshot } from '../../model/snapshot.ts';

const keptMessageCharacters = 300;

/** What this system itself writes; its own words are no evidence. */
const ownComponent = 'infra-autopilot';

/** What events are of interest about: pods and what makes them. */
const subjectKinds: ReadonlySet<string> = new Set(['Pod', 'ReplicaSet', 'Deployment', 'StatefulSet', 'DaemonSet']);

/** A Warning and what it is about. */
export interface EventView {
  readonly subjectUid: string;
  readonly event: EventSnapshot;
}

interface RawEvent extends KubeObject {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly count?: number;
  readonly firstTimestamp?: string | null;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly count?: number; readonly lastObservedTime?: string } | null;
  readonly reportingComponent?: string;
  readonly source?: { readonly component?: string };
  readonly involvedObject?: { readonly kind?: string; readonly uid?: string };
}

/** Undefined for an event that is no warning, about something else, or our own. */
export function projectEvent(object: KubeObject, observedAt: number): EventView | undefined {
  const event = object as RawEvent;
  const { uid: subjectUid, kind = '' } = event.involvedObject ?? {};
  const component = event.reportingComponent || event.source?.component;
  if (event.type !== 'Warning' || component === ownComponent) return undefined;
  if (!subjectUid || !subjectKinds.has(kind)) return undefined;
  const created = event.metadata?.creationTimestamp;
  const firstAt = millisecondsOf(event.firstTimestamp ?? event.eventTime ?? created) ?? observedAt;
  const lastAt =
    millisecondsOf(event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? created) ?? firstAt;
  return {
    subjectUid,
    event: {
      reason: event.reason ?? '',
      message: (event.message ?? '').slice(0, keptMessageCharacters),
      count: event.series?.count ?? event.count ?? 1,
      firstAt,
      lastAt: Math.max(firstAt, lastAt),
    },
  };
}
