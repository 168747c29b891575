import { suspensionReasons, type Suspension, type SuspensionReason } from '#contract/suspension.ts';
import type { FailureClass } from '#contract/vocabulary.ts';
import type { Notice } from '../model/notice.ts';

/** In the words in which failures of workloads are told. */
const failureClassOf: Readonly<Record<SuspensionReason, FailureClass>> = {
  'image-pull': 'ImagePullBackOff',
  'cannot-start': 'ConfigError',
  'not-started': 'StuckCreating',
  'crash-loop': 'CrashLoopBackOff',
};

export interface SuspensionNews {
  readonly suspension: Suspension;
  /** What the kubelet says of one of the blocked pods, and which. Absent when injection goes on again. */
  readonly example?: { readonly namespace: string; readonly pod: string; readonly detail: string };
  readonly cluster: string;
  /** Namespace and name of the ConfigMap with the record. */
  readonly record: { readonly namespace: string; readonly name: string };
}

/** What people are told when injection is suspended, and when it goes on. */
export function suspensionNotice({ suspension, example, cluster, record }: SuspensionNews): Notice {
  const { image, namespace, reason, since, until, count, resumedAt } = suspension;
  const scope = namespace === undefined ? 'every namespace' : `namespace ${namespace}`;
  const where = `the agent ${image} in ${scope}${cluster === '' ? '' : ` of cluster ${cluster}`}`;
  const pod = example && `${example.namespace}/${example.pod}: ${example.detail}`;
  const look = `kubectl -n ${record.namespace} get configmap ${record.name} -o yaml`;
  const lines: Notice['lines'] =
    resumedAt === undefined
      ? [
          { title: 'What', text: `Injection of ${where} is suspended until ${until}, for the ${ordinal(count)} time.` },
          { title: 'Why', text: [suspensionReasons[reason], pod].filter((text) => text !== undefined).join(' ') },
          {
            title: 'Done',
            text: 'New pods start without the agent; blocked ones are evicted so that they do as well.',
          },
          { title: 'Look', text: look },
        ]
      : [
          { title: 'What', text: `Injection of ${where} goes on.` },
          { title: 'Result', text: 'A pod that was injected as a trial runs well.' },
          { title: 'Look', text: look },
        ];
  return {
    incidentUid: `injection-${namespace ?? 'all'}-${since}`,
    incidentName: 'injection',
    kind: 'injection',
    cluster,
    namespace: example?.namespace ?? namespace ?? record.namespace,
    workload: 'infra-autopilot-agent',
    pod: example?.pod ?? '',
    failureClass: failureClassOf[reason],
    phase: resumedAt === undefined ? 'Escalated' : 'Resolved',
    reason: undefined,
    at: resumedAt ?? since,
    lines,
  };
}

function ordinal(count: number): string {
  const last = count % 10;
  const isTeen = Math.floor(count / 10) % 10 === 1;
  const suffix = isTeen ? 'th' : (['th', 'st', 'nd', 'rd'][last] ?? 'th');
  return `${count}${suffix}`;
}
