import type { ScaleTarget } from '../model/action.ts';
import type { Handler, Plan } from '../model/plan.ts';
import type { AutoscalerSnapshot, OwnerSnapshot } from '../model/snapshot.ts';

/** How much more, up to where, and until when. */
interface Surge {
  readonly namespace: string;
  readonly add: number;
  readonly maximum: number;
  readonly until: number;
}

/** Adds replicas for a while, so that the others carry what the failing one doesn't; the number is put back by itself. */
export const scaleReplicas: Handler = {
  name: 'scale-replicas',
  description:
    'Adds replicas for a while and then puts the number back. Under an autoscaler its minimum is raised instead.',
  failureClasses: [
    'CrashLoopBackOff',
    'OOMKilled',
    'LivenessProbeFailed',
    'ReadinessProbeFailed',
    'NodeNotReady',
    'AppHung',
    'MemoryExhaustionPredicted',
  ],
  settings: {
    type: 'object',
    additionalProperties: false,
    properties: {
      add: { type: 'integer', description: 'Replicas to add.', default: 1, minimum: 1, maximum: 100 },
      maximum: {
        type: 'integer',
        description: 'Most replicas that are set; under an autoscaler its own maximum holds instead.',
        default: 10,
        minimum: 1,
        maximum: 1000,
      },
      expirySeconds: {
        type: 'integer',
        description: 'Seconds after which the number is put back.',
        default: 600,
        minimum: 60,
        maximum: 86_400,
      },
    },
  },
  plan: (_finding, { namespace, owner, autoscaler }, settings, now) => {
    const surge: Surge = {
      namespace,
      add: Number(settings['add'] ?? 1),
      maximum: Number(settings['maximum'] ?? 10),
      until: now + Number(settings['expirySeconds'] ?? 600) * 1000,
    };
    const holder = owner?.surgedBy ?? autoscaler?.surgedBy;
    if (holder !== undefined) return notApplicable(`The number of replicas is already raised by incident ${holder}.`);
    if (owner?.replicas === 0) return notApplicable('The workload is scaled to nothing.');
    return autoscaler ? raisedMinimum(autoscaler, surge) : raisedReplicas(owner, surge);
  },
};

function raisedReplicas(owner: OwnerSnapshot | undefined, surge: Surge): Plan {
  const kind = owner?.reference.kind;
  if (owner?.replicas === undefined || (kind !== 'Deployment' && kind !== 'StatefulSet')) {
    return notApplicable('The workload is no Deployment or StatefulSet, so that it has no number of replicas.');
  }
  const { name, uid } = owner.reference;
  const from = owner.replicas;
  const to = Math.min(from + surge.add, surge.maximum);
  if (to <= from)
    return notApplicable(`${kind} ${name} has ${from} replicas, and at most ${surge.maximum} may be set.`);
  return raised({ kind, name, uid }, 'replicas', from, to, surge);
}

/** The number of replicas is the autoscaler's, and its maximum is a limit that people set: only the floor is raised. */
function raisedMinimum(autoscaler: AutoscalerSnapshot, surge: Surge): Plan {
  const { name, uid, minReplicas: from, maxReplicas, currentReplicas, managedBy } = autoscaler;
  if (managedBy === 'keda') {
    return { skip: 'autoscaler-owned', message: `KEDA declares autoscaler ${name} and would put its minimum back.` };
  }
  const needed = Math.max(from, currentReplicas);
  const to = Math.min(needed + surge.add, maxReplicas);
  if (to <= needed) {
    return {
      skip: 'autoscaler-owned',
      message: `Autoscaler ${name} already keeps its maximum of ${maxReplicas} replicas.`,
    };
  }
  return raised({ kind: 'HorizontalPodAutoscaler', name, uid }, 'the minimum', from, to, surge);
}

function raised(target: ScaleTarget, what: string, from: number, to: number, { namespace, until }: Surge): Plan {
  const at = new Date(until).toISOString();
  return {
    act: [{ kind: 'scale-replicas', namespace, target, from, to, until }],
    message: `raise ${what} of ${target.kind} ${target.name} from ${from} to ${to} until ${at}`,
  };
}

function notApplicable(message: string): Plan {
  return { skip: 'not-applicable', message };
}
