import type { FailureClass } from '#contract/vocabulary.ts';
import type { Action } from '../../controller/model/action.ts';
import type { Finding } from '../../controller/model/finding.ts';
import type { PodSnapshot, WorkloadReference } from '../../controller/model/snapshot.ts';
import { container, crashLooping, finding, noon, pod } from './snapshots.ts';

/** A workload as it really is. */
export interface Workload {
  readonly index: number;
  readonly templates: number;
  readonly made: number;
  readonly pods: readonly PodSnapshot[];
  readonly failing: ReadonlyMap<string, { readonly failureClass: FailureClass; readonly faultAt: number }>;
}

const podsEach = 4;
export function referenceOf(index: number): WorkloadReference {
  return { apiVersion: 'apps/v1', kind: 'Deployment', name: `web-${index}`, uid: `workload-${index}` };
}

function podOf(index: number, made: number, template: number, at: number): PodSnapshot {
  const name = `web-${index}-${template}-${made}`;
  return pod({ name, uid: name, templateHash: `template-${template}`, createdAt: at, readySince: at });
}

/** Four pods that are well. */
export function freshWorkload(index: number): Workload {
  const pods = Array.from({ length: podsEach }, (_none, made) => podOf(index, made, 0, noon - 3_600_000));
  return { index, templates: 0, made: podsEach, pods, failing: new Map() };
}

/** The same with its first pods failing. */
export function failed(one: Workload, count: number, failureClass: FailureClass, at: number): Workload {
  const failing = new Map(one.failing);
  for (const { uid } of one.pods.slice(0, count))
    if (!failing.has(uid)) failing.set(uid, { failureClass, faultAt: at });
  return { ...one, failing, pods: one.pods.map((each) => (failing.has(each.uid) ? broken(each, at) : each)) };
}

function broken({ readySince: _lost, ...rest }: PodSnapshot, at: number): PodSnapshot {
  return { ...rest, ready: false, readySince: undefined, containers: [crashLooping(at)] };
}

export function recovered(one: Workload, at: number): Workload {
  const healed = one.pods.map((each) =>
    each.ready ? each : pod({ ...each, ready: true, readySince: at, containers: [container()] }),
  );
  return { ...one, failing: new Map(), pods: healed };
}

export function rolledOut(one: Workload, at: number): Workload {
  const templates = one.templates + 1;
  const pods = one.pods.map((_old, index) => podOf(one.index, one.made + index, templates, at));
  return { ...one, templates, made: one.made + podsEach, pods, failing: new Map() };
}

/** The same after an act: the pod is replaced; what does not help makes the new one fail in the same way. */
export function acted(one: Workload, action: Action, cured: boolean, at: number): Workload {
  if (action.kind !== 'evict-pod') return one;
  const fault = one.failing.get(action.podUid);
  const replacement = podOf(one.index, one.made, one.templates, at);
  const failing = new Map(one.failing);
  failing.delete(action.podUid);
  if (fault && !cured) failing.set(replacement.uid, { ...fault, faultAt: at });
  const pods = one.pods.map((each) => {
    if (each.uid !== action.podUid) return each;
    return fault && !cured ? broken(replacement, at) : replacement;
  });
  return { ...one, made: one.made + 1, pods, failing };
}

/** What the detectors would find. */
export function findingsOf(one: Workload, evidenceAt: number): readonly Finding[] {
  return one.pods.flatMap((each) => {
    const fault = one.failing.get(each.uid);
    if (fault === undefined) return [];
    const { failureClass, faultAt } = fault;
    return [finding({ pod: each, failureClass, faultAt, evidenceAt, templateHash: each.templateHash })];
  });
}
