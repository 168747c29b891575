import { readFile } from 'node:fs/promises';
import { clusterProcesses } from '#infra/local/cgroups.ts';
import { readSettings } from '#infra/settings.ts';

/** Finds a process of the test cluster's own programs, as the machine sees it. */
export async function clusterProcess(program: 'kube-apiserver' | 'kubelet'): Promise<number> {
  for (const pid of await clusterProcesses(readSettings('test').clusterName)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    const [path = ''] = command.split('\0');
    if (path.endsWith(`/${program}`)) return pid;
  }
  throw new Error(`the ${program} of the test cluster was not found`);
}
