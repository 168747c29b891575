import PQueue from 'p-queue';
import type { Incident, IncidentStatus } from '#contract/incident.ts';
import { microTime, secondTime } from '#contract/micro-time.ts';
import type { Clock } from '#runtime/clock.ts';
import { AutopilotError } from '#runtime/errors.ts';
import type { Stoppable } from '#runtime/lifecycle.ts';
import type { Logger } from '#runtime/logger.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';

/** Events that wait to be written; more are dropped and counted, since the incident's timeline has it all. */
const maximumWaiting = 500;

/** The API server refuses longer messages. */
const maximumMessageCharacters = 1024;

const component = 'infra-autopilot';

/** What an Event is about. */
interface InvolvedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

export interface EventRecorderOptions {
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly log: Logger;
  readonly instance: string;
  readonly onResult: (result: 'created' | 'failed' | 'dropped') => void;
}

/** Writes Kubernetes Events, so that `kubectl describe` of a pod or its owner tells what was decided about it. */
export interface EventRecorder extends Stoppable {
  /** One Event on the pod and one on its owner. Returns at once. */
  record(incident: Incident, status: IncidentStatus): void;
  /** A Warning on one pod about something that belongs to no incident. Returns at once. */
  warn(namespace: string, pod: { readonly name: string; readonly uid: string }, reason: string, message: string): void;
  /** The same on any object. */
  warnOn(namespace: string, object: InvolvedObject, reason: string, message: string): void;
}

export function makeEventRecorder(options: EventRecorderOptions): EventRecorder {
  const { transport, clock, log, onResult } = options;
  const queue = new PQueue({ concurrency: 2 });
  let count = 0;

  const create = async (namespace: string, event: object): Promise<void> => {
    try {
      const answer = await transport.request({
        method: 'POST',
        path: `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`,
        body: event,
      });
      if (!answer.ok) throw new AutopilotError('AP_KUBERNETES_REQUEST', `event: ${answer.status} ${answer.message}`);
      onResult('created');
    } catch (error) {
      onResult('failed');
      log.warn({ err: error, namespace }, 'event not written');
    }
  };

  /** The bound holds for all of them; what is beyond it is counted. */
  const enqueue = (namespace: string, object: InvolvedObject, content: EventContent): void => {
    if (queue.size >= maximumWaiting) {
      onResult('dropped');
      return;
    }
    count += 1;
    const name = `${object.name.slice(0, 200)}.${clock.now().toString(16)}${count.toString(16)}`;
    const event = eventOf(name, namespace, object, content, options.instance, clock.now());
    void queue.add(() => create(namespace, event));
  };

  const warnOn: EventRecorder['warnOn'] = (namespace, object, reason, message) =>
    enqueue(namespace, object, { type: 'Warning', reason, action: reason, message });

  return {
    name: 'event-recorder',
    record: (incident, status) => {
      const { namespace } = incident.metadata;
      const { workload } = incident.spec;
      const pod = status.pod && { apiVersion: 'v1', kind: 'Pod', name: status.pod.name, uid: status.pod.uid };
      const objects = pod === undefined || pod.uid === workload.uid ? [workload] : [pod, workload];
      for (const object of objects) enqueue(namespace, object, contentOf(incident, status));
    },
    warn: (namespace, pod, reason, message) =>
      warnOn(namespace, { apiVersion: 'v1', kind: 'Pod', ...pod }, reason, message),
    warnOn,
    stop: async () => {
      await queue.onIdle();
    },
  };
}

interface EventContent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly action: string;
  readonly message: string;
}

function contentOf({ spec }: Incident, { phase, reason, message }: IncidentStatus): EventContent {
  const why = reason === undefined ? '' : ` (${reason})`;
  return {
    type: phase === 'Resolved' ? 'Normal' : 'Warning',
    reason: `Incident${phase}`,
    action: phase,
    message: `${spec.failureClass}${why}: ${message}`,
  };
}

function eventOf(
  name: string,
  namespace: string,
  involved: InvolvedObject,
  { type, reason, action, message }: EventContent,
  instance: string,
  now: number,
): object {
  const at = secondTime(now);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: { ...involved, namespace },
    type,
    reason,
    message: message.slice(0, maximumMessageCharacters),
    action,
    eventTime: microTime(now),
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
    source: { component },
    reportingComponent: component,
    reportingInstance: instance,
  };
}
