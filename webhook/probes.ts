import {
  maximumServiceCharacters,
  type ProbeAction,
  type ProbeHeader,
  type ProbeTarget,
} from '#contract/agent-settings.ts';
import { maximumProbes, probeKinds, type ProbeKind } from '#contract/report.ts';
import { isObject, objectsAt, stringAt, type JsonObject } from '#contract/json.ts';
import { lastingContainers, type PodShape } from '#contract/pod-shape.ts';

export interface AppProbes {
  readonly targets: readonly ProbeTarget[];
  /** How many probes were left out because the pod has more than an agent runs. */
  readonly omitted: number;
}

/** The HTTP, TCP and gRPC probes of the app, with Kubernetes' defaults filled in and named ports resolved. */
export function appProbes(pod: PodShape): AppProbes {
  const targets = lastingContainers(pod).flatMap((container) =>
    probeKinds.flatMap((kind) => {
      const probe = container[`${kind}Probe`];
      return isObject(probe) ? targetOf(container, kind, probe) : [];
    }),
  );
  return { targets: targets.slice(0, maximumProbes), omitted: Math.max(0, targets.length - maximumProbes) };
}

function targetOf(container: JsonObject, kind: ProbeKind, probe: JsonObject): ProbeTarget[] {
  const action = actionOf(container, probe);
  const name = stringAt(container, 'name');
  if (action === undefined || name === undefined || name === '') return [];
  return [
    {
      container: name,
      probe: kind,
      action,
      periodSeconds: positive(probe['periodSeconds'], 10),
      timeoutSeconds: positive(probe['timeoutSeconds'], 1),
      failureThreshold: positive(probe['failureThreshold'], 3),
    },
  ];
}

/** Undefined where a neighbour can't ask as the kubelet does: exec, another host, or a port that isn't known. */
function actionOf(container: JsonObject, probe: JsonObject): ProbeAction | undefined {
  const http = probe['httpGet'];
  const tcp = probe['tcpSocket'];
  const grpc = probe['grpc'];
  if (isObject(http)) {
    const port = portOf(container, http['port']);
    if (port === undefined || (stringAt(http, 'host') ?? '') !== '') return undefined;
    return {
      type: 'http',
      scheme: stringAt(http, 'scheme')?.toUpperCase() === 'HTTPS' ? 'https' : 'http',
      port,
      path: pathOf(stringAt(http, 'path') ?? ''),
      headers: objectsAt(http, 'httpHeaders').flatMap(headerOf),
    };
  }
  if (isObject(tcp)) {
    const port = portOf(container, tcp['port']);
    return port === undefined || (stringAt(tcp, 'host') ?? '') !== '' ? undefined : { type: 'tcp', port };
  }
  if (isObject(grpc)) {
    // Kubernetes takes no names here.
    const port = validPort(grpc['port']);
    const service = stringAt(grpc, 'service') ?? '';
    return port === undefined || service.length > maximumServiceCharacters
      ? undefined
      : { type: 'grpc', port, service };
  }
  return undefined;
}

function pathOf(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

function headerOf(header: JsonObject): ProbeHeader[] {
  const name = stringAt(header, 'name');
  return name === undefined || name === '' ? [] : [{ name, value: stringAt(header, 'value') ?? '' }];
}

/** As the kubelet: a name is looked up in the container's own ports, then read as a number. */
function portOf(container: JsonObject, port: unknown): number | undefined {
  if (typeof port === 'number') return validPort(port);
  if (typeof port !== 'string') return undefined;
  const named = objectsAt(container, 'ports').find((candidate) => candidate['name'] === port);
  if (named !== undefined) return validPort(named['containerPort']);
  return /^\d{1,5}$/.test(port) ? validPort(Number(port)) : undefined;
}

function validPort(port: unknown): number | undefined {
  return typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined;
}

/** The API server fills these in before we are called; 0 and nonsense read as the default. */
function positive(value: unknown, fallback: number): number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : fallback;
}
