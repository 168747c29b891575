import { failureClasses, type CauseName, type FailureClass } from '#contract/vocabulary.ts';
import type { Finding } from '../model/finding.ts';
import type { Handler } from '../model/plan.ts';
import type { WorkloadSnapshot } from '../model/snapshot.ts';

/** The names that a command for a person is made of. All of them are names of objects, which hold nothing that a shell reads. */
interface Names {
  readonly namespace: string;
  readonly pod: string | undefined;
  readonly node: string | undefined;
  readonly container: string | undefined;
  /** Kind and name, as kubectl takes them. */
  readonly workload: string;
}

type Hint = (names: Names) => string;

/** Asks for a person and says all that is known, so that they start where the evidence ends. */
export const escalate: Handler = {
  name: 'escalate',
  description: 'Changes nothing and calls a person, with the cause and where to look.',
  failureClasses,
  settings: { type: 'object', additionalProperties: false, properties: {} },
  plan: (finding, snapshot) => {
    const names = namesOf(finding, snapshot);
    const hint = hintsByCause[finding.cause.name] ?? hintsByClass[finding.failureClass];
    // A finding's sentence often ends with that of its cause.
    const known = finding.message.includes(finding.cause.message)
      ? [finding.message]
      : [finding.message, finding.cause.message];
    return { escalate: [...known, hint(names)].join(' ') };
  },
};

const describePod: Hint = ({ namespace, pod, workload }) =>
  pod === undefined ? `kubectl -n ${namespace} describe ${workload}` : `kubectl -n ${namespace} describe pod ${pod}`;

const previousLog: Hint = ({ namespace, pod, container, workload }) => {
  const of = container === undefined ? '--all-containers' : `-c ${container}`;
  return `kubectl -n ${namespace} logs ${pod ?? workload} ${of} --previous`;
};

const log: Hint = (names) => previousLog(names).replace(' --previous', '');

const rolloutHistory: Hint = ({ namespace, workload }) => `kubectl -n ${namespace} rollout history ${workload}`;

const describeNode: Hint = ({ node }) => (node === undefined ? 'kubectl get nodes' : `kubectl describe node ${node}`);

/** What to do where the cause is known closely enough to say it. */
const hintsByCause: Partial<Readonly<Record<CauseName, Hint>>> = {
  'application-error': (names) => `See how it ended: ${previousLog(names)}`,
  completed: (names) => `Should it end at all? Then a Job fits better. See why it did: ${previousLog(names)}`,
  'cannot-execute': (names) =>
    `Check the command’s permission, and that the image is made for the node’s architecture: ${describeNode(names)}`,
  'command-not-found': (names) =>
    `Compare the command and its arguments with what the image holds: ${describePod(names)}`,
  'out-of-memory': (names) => `Raise the container’s memory limit or find what grows: ${describePod(names)}`,
  'liveness-kill': (names) => `Is the probe too strict, or the app too slow? ${previousLog(names)}`,
  'segmentation-fault': (names) => `A fault of the program or of a native library: ${previousLog(names)}`,
  'image-not-found': (names) => `Correct the image’s name or tag, or push it: ${describePod(names)}`,
  'image-unauthorised': ({ namespace }) =>
    `Check the pod’s imagePullSecrets and its ServiceAccount’s: kubectl -n ${namespace} get secrets,serviceaccounts`,
  'registry-rate-limited': () => 'Wait, pull with an account of your own, or through a mirror.',
  'registry-unreachable': (names) => `Check the registry and the node’s way to it: ${describeNode(names)}`,
  'missing-secret': ({ namespace }) =>
    `Create the Secret or its key; the pod then starts by itself: kubectl -n ${namespace} get secrets`,
  'missing-configmap': ({ namespace }) =>
    `Create the ConfigMap or its key; the pod then starts by itself: kubectl -n ${namespace} get configmaps`,
  'bad-config': (names) => `Correct the pod template: ${describePod(names)}`,
  'mount-failed': ({ namespace, ...names }) =>
    `Check the volume’s claim and whether another node still holds it: kubectl -n ${namespace} get pvc; ${describePod({ namespace, ...names })}`,
  'sandbox-failed': (names) => `Check the node’s network plug-in and container runtime: ${describeNode(names)}`,
  finalizers: ({ namespace, pod, workload }) =>
    `Find who set the finalizers and let them finish: kubectl -n ${namespace} get ${pod === undefined ? workload : `pod ${pod}`} -o jsonpath={.metadata.finalizers}`,
  'deletion-overdue': (names) => `Is the kubelet of the node there? ${describeNode(names)}`,
  'insufficient-resources': () =>
    'Lower the requests, add a node or make room: kubectl describe nodes, under “Allocated resources”.',
  'placement-rules': (names) =>
    `Compare the pod’s selectors, affinities and tolerations with the nodes: ${describePod(names)}`,
  'node-pressure': (names) => `Make room on the node, and give the pods requests that are true: ${describeNode(names)}`,
  'deadline-exceeded': ({ namespace, workload }) =>
    `See what the new pods wait for, or go back: kubectl -n ${namespace} rollout undo ${workload}`,
  'quota-exceeded': ({ namespace }) =>
    `Raise the quota or lower the requests: kubectl -n ${namespace} describe resourcequotas,limitranges`,
  'node-not-ready': (names) => `Repair or replace the node: ${describeNode(names)}`,
  'memory-trend': (names) => `Raise the container’s memory limit or find what grows: ${describePod(names)}`,
  'new-template': ({ namespace, workload }) =>
    `Go back to the template before, or correct it: kubectl -n ${namespace} rollout undo ${workload}`,
  'whole-node': (names) => `Look at the node, not at the pods: ${describeNode(names)}`,
  'many-workloads': ({ namespace }) =>
    `Look for what they share (a database, DNS, a certificate, a network): kubectl -n ${namespace} get events --sort-by=.lastTimestamp`,
};

/** Where to look when the cause is not known that closely. */
const hintsByClass: Readonly<Record<FailureClass, Hint>> = {
  CrashLoopBackOff: (names) => `See how it ended: ${previousLog(names)}`,
  OOMKilled: (names) => `Raise the container’s memory limit or find what grows: ${describePod(names)}`,
  LivenessProbeFailed: (names) => `See what the app does instead of answering: ${log(names)}`,
  ReadinessProbeFailed: (names) => `See what the app waits for: ${log(names)}`,
  StartupProbeFailed: (names) => `Does it need longer than the startup probe gives it? ${log(names)}`,
  ImagePullBackOff: (names) => `See what the registry said: ${describePod(names)}`,
  ConfigError: (names) => `Correct what the container names: ${describePod(names)}`,
  StuckCreating: (names) => `See what the node waits for: ${describePod(names)}`,
  StuckTerminating: (names) => `See what holds the deletion: ${describePod(names)}`,
  Unschedulable: (names) => `See what the scheduler said: ${describePod(names)}`,
  Evicted: (names) => `Look at the node: ${describeNode(names)}`,
  RolloutStuck: (names) => `See what was changed: ${rolloutHistory(names)}`,
  NodeNotReady: (names) => `Repair or replace the node: ${describeNode(names)}`,
  AppHung: (names) => `See what it did last: ${log(names)}`,
  MemoryExhaustionPredicted: (names) => `Raise the container’s memory limit or find what grows: ${describePod(names)}`,
  ProcessVanished: (names) => `See how it ended: ${previousLog(names)}`,
};

function namesOf({ pod, container }: Finding, { namespace, workload }: WorkloadSnapshot): Names {
  return {
    namespace,
    pod: pod?.name,
    node: pod?.node,
    container,
    workload: `${workload.kind.toLowerCase()}/${workload.name}`,
  };
}
