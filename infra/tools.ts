import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AutopilotError } from '#runtime/errors.ts';
import { findProgram } from './packages.ts';
import type { Progress } from './progress.ts';
import { run } from './run.ts';
import type { Settings } from './settings.ts';

/** A group of programs that is built from one committed go.mod under infra/local/go/. */
interface ToolModule {
  readonly module: string;
  /** Program name → the Go package that builds it. */
  readonly programs: Readonly<Record<string, string>>;
  /** Go symbol that carries the version, for programs that report it. */
  readonly versionSymbol?: string;
  /** A program of this name on the path serves as well. */
  readonly acceptsInstalled?: boolean;
}

export const toolModules = {
  kubernetes: {
    module: 'k8s.io/kubernetes',
    programs: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
      'kube-proxy': 'k8s.io/kubernetes/cmd/kube-proxy',
      kubelet: 'k8s.io/kubernetes/cmd/kubelet',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    },
    versionSymbol: 'k8s.io/component-base/version.gitVersion',
  },
  etcd: { module: 'go.etcd.io/etcd/server/v3', programs: { etcd: 'go.etcd.io/etcd/server/v3' } },
  coredns: { module: 'github.com/coredns/coredns', programs: { coredns: 'github.com/coredns/coredns' } },
  helm: {
    module: 'helm.sh/helm/v4',
    programs: { helm: 'helm.sh/helm/v4/cmd/helm' },
    versionSymbol: 'helm.sh/helm/v4/internal/version.version',
    acceptsInstalled: true,
  },
  kubeconform: {
    module: 'github.com/yannh/kubeconform',
    programs: { kubeconform: 'github.com/yannh/kubeconform/cmd/kubeconform' },
    acceptsInstalled: true,
  },
  // No program of these is fetchable as a module, so that small ones of our own start what is in its packages.
  'cert-manager': {
    module: 'github.com/cert-manager/cert-manager',
    programs: { controller: './controller', cainjector: './cainjector' },
  },
  kind: { module: 'sigs.k8s.io/kind', programs: { kind: 'sigs.k8s.io/kind' }, acceptsInstalled: true },
} as const satisfies Record<string, ToolModule>;

export type ToolName = keyof typeof toolModules;

/** The oldest Go that the committed modules compile with. */
const oldestGo = [1, 26] as const;
const buildTimeoutSeconds = 45 * 60;

/**
 * Makes sure that a tool's programs exist and returns the folder that holds them. Order: KUBEBUILDER_ASSETS, an installed
 * program where that will do, the cache, a build from the published Go modules (progress is told: it can take minutes).
 *
 * @throws AutopilotError AP_MACHINE_UNFIT when Go is absent or too old.
 */
export async function ensureTool(name: ToolName, settings: Settings, progress: Progress): Promise<string> {
  const tool: ToolModule = toolModules[name];
  const programs = Object.keys(tool.programs);
  for (const directory of await foldersToTry(tool, settings)) {
    if (await holdsAll(directory, programs)) return directory;
  }
  const moduleDirectory = toolDirectory(name, settings);
  const { version, key } = await readModule(moduleDirectory, tool);
  const target = join(settings.cacheDirectory, 'tools', `${name}-${version}-${key}`);
  if (!(await holdsAll(target, programs))) {
    await requireGo(name);
    await progress.step(`Build ${name} ${version} from its Go modules`, (note) =>
      build(tool, version, moduleDirectory, target, note),
    );
  }
  return target;
}

/** Where a tool's committed go.mod is. */
export function toolDirectory(name: ToolName, { projectDirectory }: Settings): string {
  return join(projectDirectory, 'infra', 'local', 'go', name);
}

async function holdsAll(directory: string, programs: readonly string[]): Promise<boolean> {
  const found = await Promise.all(programs.map((program) => findProgram(join(directory, program))));
  return found.every((path) => path !== undefined);
}

async function foldersToTry(tool: ToolModule, settings: Settings): Promise<readonly string[]> {
  const folders = settings.assetsDirectory === undefined ? [] : [settings.assetsDirectory];
  if (!tool.acceptsInstalled) return folders;
  const installed = await findProgram(Object.keys(tool.programs)[0] ?? '');
  return installed === undefined ? folders : [...folders, join(installed, '..')];
}

async function build(
  tool: ToolModule,
  version: string,
  moduleDirectory: string,
  target: string,
  note: (text: string) => void,
): Promise<void> {
  const partial = `${target}.partial-${process.pid}`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const environment = { CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false' };
  try {
    note('fetching modules');
    const packages = await run('go', ['list', '-deps', ...Object.values(tool.programs)], {
      cwd: moduleDirectory,
      environment,
      timeoutSeconds: buildTimeoutSeconds,
    });
    const total = packages.split('\n').length;
    let compiled = 0;
    const stamp = tool.versionSymbol === undefined ? '' : ` -X ${tool.versionSymbol}=${version}`;
    for (const [program, goPackage] of Object.entries(tool.programs)) {
      const output = join(partial, program);
      await run('go', ['build', '-v', '-trimpath', '-ldflags', `-s -w${stamp}`, '-o', output, goPackage], {
        cwd: moduleDirectory,
        environment,
        timeoutSeconds: buildTimeoutSeconds,
        onErrorLine: (line) => note(`${++compiled} of at most ${total} packages, now ${line}`),
      });
    }
    try {
      await rename(partial, target);
    } catch (error) {
      // Somebody who built the same at the same time was first.
      if (!(await holdsAll(target, Object.keys(tool.programs)))) throw error;
    }
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** @throws AutopilotError AP_MACHINE_UNFIT when Go is absent or too old. */
export async function requireGo(tool: string): Promise<void> {
  const version = (await findProgram('go')) === undefined ? undefined : await run('go', ['env', 'GOVERSION']);
  const problem = describeGoProblem(tool, version);
  if (problem !== undefined) throw new AutopilotError('AP_MACHINE_UNFIT', problem);
}

/** Pure: what to tell a person when `go env GOVERSION` is not good enough, or undefined when it is. */
export function describeGoProblem(tool: string, version: string | undefined): string | undefined {
  const [major = 0, minor = 0] = (/go(\d+)\.(\d+)/.exec(version ?? '') ?? []).slice(1).map(Number);
  if (major > oldestGo[0] || (major === oldestGo[0] && minor >= oldestGo[1])) return undefined;
  const found = version === undefined ? 'none is on the path' : `here is ${version}`;
  return `building ${tool} needs Go ${oldestGo.join('.')} or newer, ${found}: install it and run this again, or point KUBEBUILDER_ASSETS at prebuilt binaries.`;
}

/**
 * The version is what go.mod requires. The key changes with all that a build depends on: what go.mod and go.sum say, and
 * sources of our own.
 */
export async function readModule(
  directory: string,
  { module, programs }: ToolModule,
): Promise<{ readonly version: string; readonly key: string }> {
  const ours = Object.values(programs).filter((goPackage) => goPackage.startsWith('./'));
  const files = ['go.mod', 'go.sum', ...ours.map((goPackage) => join(goPackage, 'main.go'))];
  const texts = await Promise.all(files.map((file) => readFile(join(directory, file), 'utf8')));
  const words = texts[0]?.split('\n').flatMap((line) => line.trim().replace('require ', '').split(' ')) ?? [];
  const key = createHash('sha256').update(texts.join('')).digest('hex').slice(0, 8);
  return { version: words[words.indexOf(module) + 1] ?? 'unknown', key };
}
