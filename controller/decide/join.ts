import type { Finding } from '../model/finding.ts';
import type { WorkloadSnapshot } from '../model/snapshot.ts';
import { livePods } from './health.ts';

/** A finding with what holds beyond its one pod, in sentences for people. */
export interface ContextualFinding extends Finding {
  readonly context?: readonly string[];
}

/** Findings of one template and class, earliest fault first. */
export interface Fault {
  readonly templateHash: string;
  readonly findings: readonly [ContextualFinding, ...ContextualFinding[]];
}

/** Pods of a node, and workloads of the cluster, from which on a shared cause is more likely than chance. */
const podsOfWholeNode = 3;
const manyWorkloads = 5;
const togetherMilliseconds = 120_000;

/**
 * Joins what the detectors found into one fault per template and failure class. Findings come in the order of the
 * detectors' list; of several on one pod only the first is kept, since the rest are its consequences. A finding
 * about no pod stands only where no pod of its template tells more.
 */
export function joinFindings(findings: readonly Finding[], snapshot: WorkloadSnapshot, now: number): readonly Fault[] {
  const first = new Map<string, Finding>();
  for (const finding of findings) {
    if (finding.pod && !first.has(finding.pod.uid)) first.set(finding.pod.uid, finding);
  }
  const told = new Set([...first.values()].map(({ templateHash }) => templateHash));
  const podless = findings.filter(({ pod, templateHash }) => pod === undefined && !told.has(templateHash));
  const kept = [...first.values(), ...podless];
  const shared = sharedContext(kept, snapshot, now);
  const groups = new Map<string, Finding[]>();
  for (const finding of kept) {
    const key = `${finding.templateHash}/${finding.failureClass}`;
    groups.set(key, [...(groups.get(key) ?? []), finding]);
  }
  return [...groups.values()].flatMap((group): Fault[] => {
    const [one, ...others] = group
      .toSorted((left, right) => left.faultAt - right.faultAt || compare(left.pod?.name, right.pod?.name))
      .map((finding) => ({ ...finding, context: [...shared, ...nodeContext(finding, snapshot)] }));
    return one === undefined ? [] : [{ templateHash: one.templateHash, findings: [one, ...others] }];
  });
}

/** What all faults of the workload have in common with others: a new template, or a moment. */
function sharedContext(findings: readonly Finding[], snapshot: WorkloadSnapshot, now: number): readonly string[] {
  if (findings.length === 0) return [];
  const sentences: string[] = [];
  const [newest, ...older] = snapshot.replicaSets;
  const onlyNewest = findings.every(({ templateHash }) => templateHash === newest?.templateHash);
  if (newest && onlyNewest && older.some(serves)) {
    const minutes = Math.max(0, Math.round((now - newest.createdAt) / 60_000));
    sentences.push(
      `new-template: only pods of the newest template fail, which came ${minutes} min ago; older ones serve.`,
    );
  }
  const workloads = new Set([snapshot.workload.uid]);
  for (let index = snapshot.cluster.detections.length - 1; index >= 0; index -= 1) {
    const detection = snapshot.cluster.detections[index];
    if (detection === undefined || now - detection.at > togetherMilliseconds) break;
    workloads.add(detection.workloadUid);
  }
  if (workloads.size >= manyWorkloads) {
    sentences.push(`many-workloads: ${workloads.size} workloads failed within 120 s.`);
  }
  const failing = new Set(findings.flatMap(({ pod }) => (pod === undefined ? [] : [pod.uid]))).size;
  if (failing > 1) sentences.push(`${failing} of ${livePods(snapshot).length} pods of the workload fail.`);
  return sentences;
}

function nodeContext({ pod }: Finding, { cluster }: WorkloadSnapshot): readonly string[] {
  const onNode = pod?.node === undefined ? undefined : cluster.podsOfNodes.get(pod.node);
  if (onNode === undefined || onNode.pods < podsOfWholeNode || onNode.failing < onNode.pods) return [];
  return [`whole-node: all ${onNode.pods} pods on node ${pod?.node ?? ''} fail.`];
}

function serves({ readyReplicas }: { readonly readyReplicas: number }): boolean {
  return readyReplicas > 0;
}

function compare(one = '', other = ''): number {
  return one.localeCompare(other, 'en', { numeric: true });
}
