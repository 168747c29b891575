import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AutopilotError } from '#runtime/errors.ts';
import { ensurePackages, findProgram, type Requirement } from '../packages.ts';
import type { Cluster, ClusterProvider, ImageArchive } from '../provider.ts';
import { run, succeeds } from '../run.ts';
import type { Settings } from '../settings.ts';
import { ensureTool } from '../tools.ts';
import { waitFor } from '../wait.ts';
import { createCgroups, removeCgroups } from './cgroups.ts';
import { containerdSocket, featureGates, makeStages, type NodePaths } from './components.ts';
import { makeConfigFiles } from './config-files.ts';
import { coreDnsObjects } from './coredns.ts';
import { makeIdentity, type NodeIdentity } from './identity.ts';
import { claimSlot, removeLinks } from './link.ts';
import { connectInit, findInit, runInNode, startInit } from './namespaces.ts';
import type { NodePlan } from './node.ts';
import { writePki } from './pki.ts';
import { buildSystemImage, type SystemImage } from './system-images.ts';

const requirements: readonly Requirement[] = [
  { needs: 'containerd', debianPackage: 'containerd' },
  { needs: 'runc', debianPackage: 'runc' },
  { needs: '/usr/lib/cni/bridge', debianPackage: 'containernetworking-plugins' },
  { needs: 'iptables', debianPackage: 'iptables' },
  { needs: 'conntrack', debianPackage: 'conntrack' },
  { needs: 'ip', debianPackage: 'iproute2' },
  { needs: 'unshare', debianPackage: 'util-linux' },
  { needs: 'mount', debianPackage: 'mount' },
  { needs: 'tini', debianPackage: 'tini' },
  { needs: 'tini-static', debianPackage: 'tini' },
  { needs: '/bin/busybox', debianPackage: 'busybox-static' },
  { needs: 'buildah', debianPackage: 'buildah' },
];

/** A real single node from published Go modules and Debian's packages, for machines without Docker. Linux and root only. */
export const embedded: ClusterProvider = {
  name: 'embedded',

  async up(settings, progress) {
    requireRoot(settings);
    const cluster = describe(settings);
    if (await isRunning(settings, cluster)) {
      progress.say(`Cluster ${cluster.name} is running.`);
      return cluster;
    }
    await ensurePackages(requirements, progress);
    const kubernetes = await ensureTool('kubernetes', settings, progress);
    const etcd = await ensureTool('etcd', settings, progress);
    const coredns = await ensureTool('coredns', settings, progress);
    await removeAll(settings);
    await progress.step(`Start cluster ${cluster.name}`, async (note) => {
      try {
        await start(settings, { kubernetes, etcd, coredns }, note);
      } catch (error) {
        await removeAll(settings, { keepLogs: true });
        const reason = error instanceof Error ? error.message : String(error);
        const logs = join(settings.stateDirectory, settings.clusterName, 'logs');
        throw new AutopilotError('AP_CLUSTER_NOT_READY', `${reason}\nThe node's logs are in ${logs}`, { cause: error });
      }
    });
    return cluster;
  },

  async down(settings, progress) {
    requireRoot(settings);
    await progress.step(`Remove cluster ${settings.clusterName}`, () => removeAll(settings));
  },

  async loadImages(cluster, images, progress) {
    const present = await listImages(cluster.name);
    for (const image of images.filter(({ reference }) => !present.includes(reference))) {
      await progress.step(`Load ${image.reference}`, () => importImage(cluster.name, image));
    }
  },
};

async function start(
  settings: Settings,
  tools: { readonly kubernetes: string; readonly etcd: string; readonly coredns: string },
  note: (text: string) => void,
): Promise<void> {
  const { clusterName } = settings;
  note('building the node’s own images');
  const [tiniStatic = '', busybox = ''] = await Promise.all(['tini-static', '/bin/busybox'].map(findProgram));
  const pause = await buildSystemImage('pause', [tiniStatic, busybox], settings);
  const dns = await buildSystemImage('coredns', [join(tools.coredns, 'coredns')], settings);

  note('preparing keys, cgroups and the link');
  const identity = makeIdentity(clusterName, await claimSlot(clusterName), settings.stateDirectory);
  const plan = await writeState(settings, identity, tools, pause);
  const procsFile = await createCgroups(identity);
  startInit(identity, procsFile, plan, join(settings.projectDirectory, 'infra', 'local', 'node.ts'));
  await connectInit(identity);

  note('waiting for the control plane and the kubelet');
  await untilStarted(identity);
  for (const image of [pause, dns]) await importImage(clusterName, image);
  const kubectl = kubectlFor(tools.kubernetes, describe(settings));
  await kubectl(['apply', '--filename', '-'], JSON.stringify(coreDnsObjects(identity, dns.reference)));
  note('waiting for the node and its name service');
  await waitFor('the registration of the node', () => kubectl(['get', 'node', clusterName]), { timeoutSeconds: 60 });
  await kubectl(['wait', '--for=condition=Ready', `node/${clusterName}`, '--timeout=90s']);
  await kubectl(['--namespace=kube-system', 'rollout', 'status', 'deployment/coredns', '--timeout=90s']);
}

/** Writes keys, configuration and the plan for the node's init; returns the plan's path. */
async function writeState(
  settings: Settings,
  identity: NodeIdentity,
  tools: { readonly kubernetes: string; readonly etcd: string },
  pause: SystemImage,
): Promise<string> {
  const state = identity.stateDirectory;
  const paths: NodePaths = {
    kubernetes: tools.kubernetes,
    etcd: tools.etcd,
    containerd: (await findProgram('containerd')) ?? 'containerd',
    cniPlugins: '/usr/lib/cni',
    pki: join(state, 'pki'),
    config: join(state, 'config'),
    state,
  };
  await Promise.all(
    ['logs', 'config/cni', 'pod-logs'].map((directory) =>
      mkdir(join(state, directory), { recursive: true, mode: 0o700 }),
    ),
  );
  const administrator = await writePki(identity, paths.pki);
  await writeFile(describe(settings).kubeconfigPath, administrator, { mode: 0o600 });
  const gates = featureGates(settings.restartAllContainers);
  const snapshotter = (await supportsOverlay(state)) ? 'overlayfs' : 'native';
  const files = makeConfigFiles(identity, paths, gates, pause.reference, snapshotter);
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(paths.config, name.endsWith('.conflist') ? `cni/${name}` : name), text, { mode: 0o600 });
  }
  const plan: NodePlan = {
    identity,
    stages: makeStages(identity, paths, gates),
    logDirectory: join(state, 'logs'),
    statusFile: join(state, 'status'),
  };
  const planFile = join(state, 'node.json');
  await writeFile(planFile, JSON.stringify(plan), { mode: 0o600 });
  return planFile;
}

async function untilStarted(identity: NodeIdentity): Promise<void> {
  const failed = await waitFor(
    'the start of the node’s components',
    async () => {
      const status = await readFile(join(identity.stateDirectory, 'status'), 'utf8');
      if (status.startsWith('failed')) return status;
      if ((await findInit(identity.name)) === undefined) return 'failed: the node ended';
      return status === 'ready' ? status : undefined;
    },
    { timeoutSeconds: 180 },
  );
  if (failed !== 'ready') throw new AutopilotError('AP_CLUSTER_NOT_READY', failed);
}

async function importImage(clusterName: string, image: ImageArchive): Promise<void> {
  // The archive is handed over by path: the node sees the machine's files except /run, /var/lib and /var/log.
  const client = ['ctr', '--address', containerdSocket, '--namespace', 'k8s.io', 'images'];
  await runInNode(clusterName, [...client, 'import', image.archivePath], 300);
}

async function listImages(clusterName: string): Promise<readonly string[]> {
  const list = ['ctr', '--address', containerdSocket, '--namespace', 'k8s.io', 'images', 'list', '--quiet'];
  return (await runInNode(clusterName, list, 30)).split('\n');
}

/** Also the way back from a start that was killed at any point: nothing here needs what that start had written. */
async function removeAll(settings: Settings, { keepLogs = false } = {}): Promise<void> {
  const { clusterName, stateDirectory } = settings;
  await removeCgroups(clusterName);
  await removeLinks(clusterName);
  const state = join(stateDirectory, clusterName);
  const removed = keepLogs ? ['containerd', 'etcd', 'kubelet', 'pki'].map((part) => join(state, part)) : [state];
  for (const path of removed) await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
}

async function isRunning(settings: Settings, cluster: Cluster): Promise<boolean> {
  if ((await findInit(cluster.name)) === undefined) return false;
  const status = await readFile(join(settings.stateDirectory, cluster.name, 'status'), 'utf8').catch(() => '');
  return status === 'ready';
}

function describe(settings: Settings): Cluster {
  const kubeconfigPath = join(settings.stateDirectory, settings.clusterName, 'kubeconfig');
  return { name: settings.clusterName, provider: 'embedded', kubeconfigPath };
}

function kubectlFor(directory: string, cluster: Cluster): (args: readonly string[], input?: string) => Promise<string> {
  return (args, input) =>
    run(join(directory, 'kubectl'), ['--kubeconfig', cluster.kubeconfigPath, ...args], {
      timeoutSeconds: 120,
      ...(input === undefined ? {} : { input }),
    });
}

/** A home on an overlay file system can't carry another overlay; plain copies work everywhere. */
async function supportsOverlay(directory: string): Promise<boolean> {
  const probe = join(directory, 'overlay-probe');
  const layers = Object.fromEntries(['lower', 'upper', 'work', 'merged'].map((layer) => [layer, join(probe, layer)]));
  for (const layer of Object.values(layers)) await mkdir(layer, { recursive: true });
  const options = `lowerdir=${layers['lower']},upperdir=${layers['upper']},workdir=${layers['work']}`;
  const mount = ['mount', '-t', 'overlay', 'overlay', '-o', options, layers['merged'] ?? ''];
  const works = await succeeds('unshare', ['--mount', '--', ...mount]);
  await rm(probe, { recursive: true, force: true });
  return works;
}

function requireRoot(settings: Settings): void {
  if (process.platform === 'linux' && settings.isRoot) return;
  throw new AutopilotError(
    'AP_MACHINE_UNFIT',
    'a local cluster needs either a running Docker daemon (then kind is used) or root on a Debian-like Linux (then a node is started directly). Start Docker, or run this as root.',
  );
}
