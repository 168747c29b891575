import { readdir, readFile } from 'node:fs/promises';
import { AutopilotError } from '#runtime/errors.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';

/** What the kubelet says of one container at one moment. */
export interface ContainerSample {
  /** Milliseconds since the Unix epoch, of the kubelet's own reading. */
  readonly at: number;
  /** What Kubernetes counts as used: without file pages that could be dropped at once. */
  readonly workingSetBytes: number;
  /** Since the container's start. */
  readonly cpuSeconds: number;
}

interface Summary {
  readonly pods: readonly {
    readonly podRef: { readonly name: string; readonly namespace: string };
    readonly containers?: readonly {
      readonly name: string;
      readonly cpu?: { readonly time: string; readonly usageCoreNanoSeconds?: number };
      readonly memory?: { readonly workingSetBytes?: number };
    }[];
  }[];
}

/**
 * The figures of one container in each pod of a namespace, by the pods' names, as `kubectl top` would come by them.
 *
 * @throws AutopilotError AP_DEMO_FAILED when the kubelet doesn't answer.
 */
export async function sampleContainers(
  kube: KubeTransport,
  node: string,
  namespace: string,
  container: string,
): Promise<ReadonlyMap<string, ContainerSample>> {
  const answer = await kube.request<Summary>({ method: 'GET', path: `/api/v1/nodes/${node}/proxy/stats/summary` });
  if (!answer.ok) throw new AutopilotError('AP_DEMO_FAILED', `the kubelet gave no figures: ${answer.message}`);
  const samples = new Map<string, ContainerSample>();
  for (const { podRef, containers = [] } of answer.body.pods) {
    const one = podRef.namespace === namespace ? containers.find(({ name }) => name === container) : undefined;
    const { cpu, memory } = one ?? {};
    if (cpu?.usageCoreNanoSeconds === undefined || memory?.workingSetBytes === undefined) continue;
    samples.set(podRef.name, {
      at: Date.parse(cpu.time),
      workingSetBytes: memory.workingSetBytes,
      cpuSeconds: cpu.usageCoreNanoSeconds / 1e9,
    });
  }
  return samples;
}

/** Of a container's first process, where the node's processes are this machine's. */
export interface ProcessFacts {
  readonly threads: number;
  /** Milliseconds since the Unix epoch; the kernel counts in hundredths of a second. */
  readonly startedAt: number;
}

const ticksPerSecond = 100;

export async function processFacts(containerId: string): Promise<ProcessFacts | undefined> {
  const id = containerId.slice(containerId.indexOf('://') + 3);
  const up = Number((await readFile('/proc/uptime', 'utf8')).split(' ')[0]) * 1000;
  const bootedAt = Date.now() - up;
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const group = await readFile(`/proc/${pid}/cgroup`, 'utf8').catch(() => '');
    if (id === '' || !group.includes(id)) continue;
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // Numbered as in proc(5), where the state behind the name is field 3.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return {
      threads: Number(fields[17]),
      startedAt: bootedAt + (Number(fields[19]) / ticksPerSecond) * 1000,
    };
  }
  return undefined;
}
