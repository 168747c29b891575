import type { Cause, Detector, Finding } from '../model/finding.ts';
import type { EventSnapshot, OwnerSnapshot, PodSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';
import { isOver, livePods } from './evidence/live-pods.ts';
import { podFinding } from './evidence/pod-finding.ts';
import { quote } from './evidence/quote.ts';
import { soonest } from './evidence/soonest.ts';
import { warnings } from './evidence/warnings.ts';

/** A webhook that restarts or a ServiceAccount that comes a moment later lets pods in by then. */
const refusedMilliseconds = 30_000;

/** Controllers try again after at most 1000 s, so what was refused longer ago is not refused any more. */
const refusalCurrentMilliseconds = 1_200_000;

/** Owners that keep a number of pods; a Job's are over once it has succeeded. */
const keepers = ['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'];

/** What holds a rollout, and since when. */
interface Stall {
  readonly faultAt: number;
  readonly cause: Cause;
  readonly ripeAt: number;
}

/** A rollout that gets no further: its deadline is over, or the API server refuses its pods so that there is none. */
export const rolloutStuck: Detector = {
  name: 'rollout-stuck',
  failureClass: 'RolloutStuck',
  description:
    'A rollout made no progress within its progressDeadlineSeconds, or for 30 s none of its pods could be created because a quota or an admission rule refuses them.',
  detect: (snapshot, now) => {
    const stall = stallOf(snapshot, now);
    if (stall === undefined || now < stall.ripeAt) return [];
    return [findingOf(snapshot, stall)];
  },
  ripensAt: (snapshot, now) => {
    const stall = stallOf(snapshot, now);
    return stall && soonest([stall.ripeAt], now);
  },
};

function stallOf(snapshot: WorkloadSnapshot, now: number): Stall | undefined {
  const { owner } = snapshot;
  if (owner === undefined || !keepers.includes(owner.reference.kind)) return undefined;
  // What the owner's controller said before it saw the present spec is about the rollout before.
  if (owner.observedGeneration < owner.generation) return undefined;
  const refused = refusalOf(snapshot, owner, now);
  const { stalled } = owner;
  if (stalled?.reason !== 'ProgressDeadlineExceeded') return refused;
  const said = quote(stalled.message);
  return {
    faultAt: stalled.since,
    ripeAt: stalled.since,
    cause: refused?.cause ?? {
      name: 'deadline-exceeded',
      message: `The rollout made no progress within its deadline${said === '' ? '' : `: ${said}`}.`,
    },
  };
}

/** That pods of the newest template are refused, and there is none. */
function refusalOf(snapshot: WorkloadSnapshot, owner: OwnerSnapshot, now: number): Stall | undefined {
  const [newest] = snapshot.replicaSets;
  if (owner.replicas === 0 || newestPods(snapshot).length > 0) return undefined;
  const events = [owner.reference.uid, newest?.uid]
    .flatMap((uid) => warnings(snapshot, uid, ['FailedCreate']))
    .filter(({ lastAt }) => lastAt >= (newest?.createdAt ?? 0) && now - lastAt <= refusalCurrentMilliseconds)
    .toSorted((one, other) => other.lastAt - one.lastAt);
  const [last] = events;
  if (last === undefined) return undefined;
  // Each refused pod has a name of its own, so one refusal is told by several events.
  const faultAt = Math.max(Math.min(...events.map(({ firstAt }) => firstAt)), newest?.createdAt ?? 0);
  return { faultAt, ripeAt: faultAt + refusedMilliseconds, cause: causeOf(last) };
}

function causeOf({ message }: EventSnapshot): Cause {
  const said = quote(message);
  return /quota|forbidden|denied|admission|webhook|violates/i.test(message)
    ? { name: 'quota-exceeded', message: `The API server refuses new pods: ${said}.` }
    : { name: 'unknown', message: `New pods can not be created: ${said}.` };
}

function newestHash({ replicaSets, owner }: WorkloadSnapshot): string {
  return replicaSets[0]?.templateHash ?? owner?.updateRevision ?? '';
}

/** Without a hash every pod counts. */
function newestPods(snapshot: WorkloadSnapshot): readonly PodSnapshot[] {
  const hash = newestHash(snapshot);
  return livePods(snapshot).filter((pod) => !isOver(pod) && (hash === '' || pod.templateHash === hash));
}

function findingOf(snapshot: WorkloadSnapshot, { faultAt, cause }: Stall): Finding {
  const { kind, name } = snapshot.workload;
  const pod = newestPods(snapshot).find(({ ready }) => !ready);
  const said = { faultAt, evidenceAt: snapshot.contactAt, cause };
  const message = `The rollout of ${kind} ${name} is stuck. ${cause.message}`;
  if (pod) return podFinding(rolloutStuck, pod, { ...said, message });
  return {
    detector: rolloutStuck.name,
    failureClass: rolloutStuck.failureClass,
    pod: undefined,
    templateHash: newestHash(snapshot),
    ...said,
    evidence: { cause: cause.name },
    message,
  };
}
