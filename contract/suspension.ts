/** Why new pods are left without the agent for a while: machine reason ↔ sentence. Used in the record, logs, metrics and docs. */
export const suspensionReasons = {
  'image-pull': 'The image of the agent can not be pulled where a pod runs, so that its app does not start.',
  'cannot-start':
    'The container of the agent can not be created or started, so that the app of its pod does not start.',
  'not-started': 'The agent had not started 5 min after its turn had come, so that the app of its pod does not start.',
  'crash-loop': 'The agent of a pod ends again and again, which keeps the pod from being ready.',
} as const;
export type SuspensionReason = keyof typeof suspensionReasons;

/** That an image of the agent is not injected, in one namespace or, without `namespace`, anywhere. Times are RFC 3339. */
export interface Suspension {
  readonly image: string;
  readonly namespace?: string;
  readonly reason: SuspensionReason;
  readonly since: string;
  /** After it, single pods are injected again as a trial. */
  readonly until: string;
  /** How often in a row it was suspended; each time for twice as long. */
  readonly count: number;
  /** Set once a trial has gone well: everything is injected again, and the record only remembers `count`. */
  readonly resumedAt?: string;
}

/** The one key of the ConfigMap in which the leading controller keeps suspensions for the webhooks: a JSON array. */
export const suspensionsKey = 'suspensions.json';

/** Reads what is stored. What is no suspension is left out: it must never keep a webhook from answering. */
export function readSuspensions(text: string | undefined): readonly Suspension[] {
  try {
    const value: unknown = JSON.parse(text === undefined || text === '' ? '[]' : text);
    return Array.isArray(value) ? value.filter(isSuspension) : [];
  } catch {
    return [];
  }
}

/** What a suspension means for a pod that is created at `now`, in milliseconds since the epoch. */
export type SuspensionState = 'suspended' | 'trial' | 'over';

export function suspensionState({ until, resumedAt }: Suspension, now: number): SuspensionState {
  if (resumedAt !== undefined) return 'over';
  return now < Date.parse(until) ? 'suspended' : 'trial';
}

/** Whether a suspension is about pods of this namespace that would get this image. */
export function suspensionCovers(suspension: Suspension, image: string, namespace: string): boolean {
  return suspension.image === image && (suspension.namespace ?? namespace) === namespace;
}

function isSuspension(value: unknown): value is Suspension {
  if (typeof value !== 'object' || value === null) return false;
  const { image, namespace, reason, since, until, count, resumedAt } = value as Readonly<Record<string, unknown>>;
  return (
    typeof image === 'string' &&
    (namespace === undefined || typeof namespace === 'string') &&
    typeof reason === 'string' &&
    Object.hasOwn(suspensionReasons, reason) &&
    isTime(since) &&
    isTime(until) &&
    typeof count === 'number' &&
    count >= 1 &&
    (resumedAt === undefined || isTime(resumedAt))
  );
}

function isTime(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}
