import type { ProbeTarget } from '#contract/agent-settings.ts';
import type { Reflex } from '#contract/report.ts';
import type { Host } from './host.ts';
import type { Log } from './log.ts';
import type { ProbeRecord } from './probe-record.ts';
import { restartContainer } from './restart-container.ts';

/** Two heartbeats without an answer, and a little: a leader change takes less. Milliseconds. */
const awayMilliseconds = 12_000;

/** A second restart in place within this time would meet the kubelet's backoff, and the first has not helped. Milliseconds. */
const perContainerMilliseconds = 600_000;

/** Whatever hangs again and again wants a person. */
const maximumPerHour = 3;
const hourMilliseconds = 3_600_000;

const lookMilliseconds = 500;

/** Until the next try of what could not even be begun. Milliseconds. */
const refusedMilliseconds = 5_000;

/** For so long the controller is told of it, in each report. Milliseconds. */
const toldMilliseconds = 600_000;

/** What the reflex is decided by. Times are milliseconds of a clock that doesn't jump. */
export interface ReflexView {
  readonly now: number;
  /** When the controller last took a report, or when the agent began. */
  readonly heardAt: number;
  /** Containers whose app accepts connections and does not answer for as long as is allowed. */
  readonly hung: readonly string[];
  readonly past: readonly { readonly container: string; readonly at: number }[];
}

/** The container to restart now; undefined where none is hung, the controller is there to decide, or a limit is met. */
export function dueReflex({ now, heardAt, hung, past }: ReflexView): string | undefined {
  if (now - heardAt < awayMilliseconds) return undefined;
  if (past.filter(({ at }) => now - at < hourMilliseconds).length >= maximumPerHour) return undefined;
  return hung.find(
    (container) => !past.some((one) => one.container === container && now - one.at < perContainerMilliseconds),
  );
}

/** For how long an app has to be silent before it counts as hung, as for the controller. Undefined: this probe never tells. */
export function hangSecondsOf(target: ProbeTarget, hasLiveness: boolean, hangSeconds: number | undefined) {
  if (target.probe === 'liveness') return hangSeconds ?? target.periodSeconds * target.failureThreshold;
  return target.probe === 'readiness' && !hasLiveness ? hangSeconds : undefined;
}

export interface ReflexParts {
  readonly host: Host;
  readonly log: Log;
  readonly hangSeconds: number | undefined;
  readonly graceSeconds: number;
  readonly probes: () => readonly { readonly target: ProbeTarget; readonly record: ProbeRecord }[];
  readonly heardAt: () => number;
  /** Undefined while that is not known. */
  readonly containerId: (container: string) => string | undefined;
  /** Told of a container whose process the agent itself ends. */
  readonly onEnding: (containerId: string) => void;
  readonly onDone: () => void;
}

/** The first remedy without the controller, for a pod that asks for it: a hung app's container is restarted in place. */
export interface LocalReflex {
  start(): void;
  /** Those of the last ten minutes, done or refused. */
  done(): readonly Reflex[];
}

/** What was tried, and when by the clock that doesn't jump, in milliseconds. */
interface Past {
  readonly at: number;
  readonly said: Reflex;
}

export function makeReflex(parts: ReflexParts): LocalReflex {
  const { host, log, hangSeconds } = parts;
  let done: readonly Past[] = [];
  let refused: readonly Past[] = [];

  const hung = (): readonly string[] => {
    const probes = parts.probes();
    return probes.flatMap(({ target, record }) => {
      const { container } = target;
      const hasLiveness = probes.some((one) => one.target.container === container && one.target.probe === 'liveness');
      const seconds = hangSecondsOf(target, hasLiveness, hangSeconds);
      // What the annotation says is silence, the threshold of a probe is failure: as for the controller.
      const since = hangSeconds === undefined ? record.failingSince : record.lastSuccessAt;
      if (record.failure !== 'timeout' || since === undefined || seconds === undefined) return [];
      return host.now() - since >= seconds * 1000 ? [container] : [];
    });
  };

  const restart = async (container: string): Promise<Reflex['result']> => {
    const at = new Date(host.now()).toISOString();
    const containerId = parts.containerId(container);
    const command = { graceSeconds: parts.graceSeconds, ...(containerId === undefined ? {} : { containerId }) };
    const { result, message } = await restartContainer(host, command, parts.onEnding);
    const one: Past = { at: host.monotonic(), said: { container, at, result, message } };
    if (result === 'refused') {
      // Tried again and again, and told once.
      if (refused.some((other) => other.said.container === container && isTold(other))) return result;
      refused = [...refused.filter(isTold), one].slice(-maximumPerHour);
    } else {
      done = [...done, one].slice(-maximumPerHour);
    }
    log('warn', 'the controller is away and the app hangs', { container, result, message });
    parts.onDone();
    return result;
  };

  const isTold = ({ at }: Past): boolean => host.monotonic() - at < toldMilliseconds;

  const look = async (): Promise<void> => {
    const container = dueReflex({
      now: host.monotonic(),
      heardAt: parts.heardAt(),
      hung: hung(),
      // What was refused has done nothing, so no limit counts it.
      past: done.map(({ at, said }) => ({ at, container: said.container })),
    });
    const result = container === undefined ? undefined : await restart(container);
    host.after(result === 'refused' ? refusedMilliseconds : lookMilliseconds, () => void look());
  };

  return {
    start: () => void look(),
    done: () =>
      [...done, ...refused]
        .filter(isTold)
        .toSorted((one, other) => one.at - other.at)
        .map(({ said }) => said),
  };
}
