import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { findHierarchies } from '#infra/local/cgroups.ts';
import { cgroupRoot, linkAlias } from '#infra/local/identity.ts';

/** Everything that a local cluster could leave on a machine, each as sorted lines that compare by equality. */
export interface MachineState {
  readonly processes: readonly string[];
  readonly mounts: readonly string[];
  readonly links: readonly string[];
  readonly routes: readonly string[];
  readonly cgroups: readonly string[];
  readonly firewall: readonly string[];
  readonly kernelSettings: readonly string[];
  readonly folders: readonly string[];
}

interface Link {
  readonly ifname: string;
  readonly ifalias?: string;
}

/** Programs of which a node consists; whatever else runs on the machine comes and goes on its own. */
const nodePrograms =
  /^(\S*\/)?(containerd|containerd-shim\S*|etcd|kubelet|kube-\S+|coredns|tini|busybox|unshare|runc)( |$)|infra\/local\/node\.ts/;
const kernelSettings = [
  'vm/overcommit_memory',
  'vm/panic_on_oom',
  'kernel/panic',
  'kernel/panic_on_oops',
  'kernel/keys/root_maxkeys',
  'kernel/keys/root_maxbytes',
  'net/ipv4/ip_forward',
  'net/netfilter/nf_conntrack_max',
];
const systemFolders = ['/run', '/run/netns', '/var/lib', '/var/log', '/etc', '/etc/cni', '/opt'];

/** Reads the machine as it concerns cluster `name`: what belongs to other local clusters that run meanwhile is left out. */
export async function readMachine(name: string): Promise<MachineState> {
  const links = JSON.parse(execFileSync('ip', ['-j', 'link', 'show'], { encoding: 'utf8' })) as readonly Link[];
  const foreign = links.filter(({ ifalias }) => ifalias?.startsWith(linkAlias('')) && ifalias !== linkAlias(name));
  const foreignNames = foreign.map(({ ifname }) => ifname);
  const routes = execFileSync('ip', ['route', 'show', 'table', 'all'], { encoding: 'utf8' }).split('\n');
  const firewall = execFileSync('iptables-save', [], { encoding: 'utf8' }).replaceAll(/^#.*$|\[\d+:\d+\]/gm, '');
  const cgroups: string[] = [];
  for (const { path } of await findHierarchies()) cgroups.push(...foldersBelow(`${path}/${cgroupRoot}/${name}`));
  return {
    processes: nodeProcesses(name),
    mounts: sorted(
      textOf('/proc/self/mountinfo')
        .split('\n')
        .map((line) => line.split(' ')[4] ?? ''),
    ),
    links: sorted(links.map(({ ifname }) => ifname).filter((link) => !foreignNames.includes(link))),
    routes: sorted(routes.filter((route) => !foreignNames.some((link) => route.includes(` ${link} `)))),
    cgroups: sorted(cgroups),
    firewall: sorted(firewall.split('\n')),
    kernelSettings: kernelSettings.map((setting) => `${setting} ${textOf(`/proc/sys/${setting}`)}`),
    folders: sorted(systemFolders.flatMap(entries)),
  };
}

/** Command lines of node programs outside other clusters; a process that ended and waits for its parent has none. */
function nodeProcesses(name: string): readonly string[] {
  const commands: string[] = [];
  for (const pid of entries('/proc').filter((path) => /^\/proc\/\d+$/.test(path))) {
    const foreign = textOf(`${pid}/cgroup`)
      .split('\n')
      .some((line) => line.includes(`:/${cgroupRoot}/`) && !line.includes(`:/${cgroupRoot}/${name}/`));
    const command = textOf(`${pid}/cmdline`).replaceAll('\0', ' ');
    if (!foreign && nodePrograms.test(command) && Number(pid.slice(6)) !== process.pid) commands.push(command);
  }
  return sorted(commands);
}

function foldersBelow(directory: string): readonly string[] {
  try {
    const below = readdirSync(directory, { recursive: true, withFileTypes: true });
    const folders = below.filter((entry) => entry.isDirectory());
    return [directory, ...folders.map(({ parentPath, name }) => `${parentPath}/${name}`)];
  } catch {
    return [];
  }
}

function entries(directory: string): readonly string[] {
  try {
    return readdirSync(directory).map((name) => `${directory}/${name}`);
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return '';
  }
}

function sorted(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line !== '').toSorted();
}
