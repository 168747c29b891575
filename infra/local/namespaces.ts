import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AutopilotError } from '#runtime/errors.ts';
import { run } from '../run.ts';
import { childEnvironment } from '../settings.ts';
import { waitFor } from '../wait.ts';
import { clusterProcesses } from './cgroups.ts';
import type { NodeIdentity } from './identity.ts';

/**
 * Starts the node's init in new mount, network, process, UTS and IPC namespaces, as a member of the cluster's cgroup.
 * When that init ends, the kernel ends every process of the node and drops its mounts, bridge and firewall rules.
 */
export function startInit(identity: NodeIdentity, procsFile: string, planFile: string, initFile: string): void {
  const log = openSync(join(identity.stateDirectory, 'logs', 'node.log'), 'a');
  const unshare = [
    'unshare',
    '--mount',
    '--net',
    '--pid',
    '--uts',
    '--ipc',
    '--fork',
    '--kill-child',
    '--mount-proc',
    '--',
  ];
  const init = ['tini', '--', process.execPath, initFile, planFile];
  // A fixed script; everything that varies is an argument.
  const script = 'procs="$1"; shift; echo $$ > "$procs" && exec "$@"';
  const child = spawn('/bin/sh', ['-c', script, 'node', procsFile, ...unshare, ...init], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
    env: childEnvironment(),
  });
  child.unref();
}

/** The machine's id of the node's first process, or undefined when the cluster does not run. */
export async function findInit(name: string): Promise<number | undefined> {
  const outer = await readFile('/proc/self/status', 'utf8');
  const depth = namespaceIds(outer).length;
  for (const pid of await clusterProcesses(name)) {
    const ids = namespaceIds(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''));
    if (ids.length === depth + 1 && ids.at(-1) === 1) return pid;
  }
  return undefined;
}

/** Waits for the node's init and moves the node's end of the link into its network namespace. */
export async function connectInit(identity: NodeIdentity): Promise<void> {
  const pid = await waitFor('the start of the node', () => findInit(identity.name), { timeoutSeconds: 20 });
  const { hostLink } = identity;
  await run('ip', ['link', 'set', `${hostLink}n`, 'netns', String(pid), 'name', 'eth0']);
  await run('ip', ['address', 'add', `${identity.hostAddress}/30`, 'dev', hostLink]);
  await run('ip', ['link', 'set', hostLink, 'up']);
  // Lets a person on this machine open pods and Services; the routes go with the link.
  for (const range of [identity.podRange, identity.serviceRange]) {
    await run('ip', ['route', 'replace', range, 'via', identity.nodeAddress, 'dev', hostLink]);
  }
}

/** Runs a program inside the node, for instance its containerd client. */
export async function runInNode(name: string, command: readonly string[], timeoutSeconds: number): Promise<string> {
  const pid = await findInit(name);
  if (pid === undefined) throw new AutopilotError('AP_CLUSTER_NOT_READY', `cluster ${name} does not run`);
  const target = ['--target', String(pid), '--mount', '--net', '--pid', '--uts', '--ipc', '--'];
  return run('nsenter', [...target, ...command], { timeoutSeconds });
}

/** Process ids of one process, outermost namespace first. @see pid_namespaces(7) */
function namespaceIds(status: string): readonly number[] {
  const line = /^NSpid:\s+(.*)$/m.exec(status)?.[1] ?? '';
  return line.split(/\s+/).filter(Boolean).map(Number);
}
