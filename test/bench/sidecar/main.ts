import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { bundle } from '#infra/images/bundle.ts';
import { ensureAgentProgram } from '#infra/rust/agent-program.ts';
import { makeProgress } from '#infra/progress.ts';
import { readSettings } from '#infra/settings.ts';
import { makeMemoryGroup, type MemoryGroup } from './cgroup.ts';
import { startWorld, type World } from './world.ts';

const mebibyte = 1024 * 1024;

/** The flags and variables of agent-node.Dockerfile. */
const nodeFlags = ['--lite-mode', '--single-threaded', '--v8-pool-size=0', '--max-semi-space-size=1'];
const nodeVariables = { NODE_ENV: 'production', UV_THREADPOOL_SIZE: '1', MALLOC_ARENA_MAX: '1' };

interface Subject {
  readonly name: string;
  readonly command: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly port: number;
}

interface Running {
  readonly child: ChildProcess;
  readonly group: MemoryGroup;
  readonly startMilliseconds: number;
}

async function start(subject: Subject, world: World, tokenFile: string, limitBytes?: number): Promise<Running> {
  const group = await makeMemoryGroup(`infra-autopilot-bench-${subject.name}-${process.pid}`, limitBytes);
  const env = { ...world.variables(tokenFile), ...subject.variables, AUTOPILOT_PORT: String(subject.port) };
  const script = 'echo $$ > "$0"; exec "$@"';
  const began = performance.now();
  const child = spawn('/bin/sh', ['-c', script, group.procsFile, ...subject.command], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  return { child, group, startMilliseconds: performance.now() - began };
}

async function stop({ child, group }: Running): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  await group.remove();
}

/** User and system time; the scheduler's own count, since a tick of 10 ms is more than an agent takes in a second. */
async function cpuSeconds({ child }: Running): Promise<number> {
  const text = await readFile(`/proc/${child.pid}/schedstat`, 'utf8');
  return Number(text.split(' ')[0]) / 1e9;
}

async function residentBytes({ child }: Running): Promise<number> {
  const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
}

async function measure(subjects: readonly Subject[], world: World, tokenFile: string, seconds: number): Promise<void> {
  const running: Running[] = [];
  for (const subject of subjects) running.push(await start(subject, world, tokenFile));
  await sleep(10_000);
  const before = await Promise.all(running.map(cpuSeconds));
  const early = await Promise.all(running.map(({ group }) => group.workingSetBytes()));
  await sleep(seconds * 1000);
  for (const [index, subject] of subjects.entries()) {
    const one = running[index];
    if (one === undefined) continue;
    const cpu = (((await cpuSeconds(one)) - (before[index] ?? 0)) / seconds) * 100;
    const [set, resident] = [await one.group.workingSetBytes(), await residentBytes(one)];
    const figures = {
      subject: subject.name,
      startMilliseconds: Math.round(one.startMilliseconds),
      workingSetMiB: round(set / mebibyte),
      workingSetMiBAt10s: round((early[index] ?? 0) / mebibyte),
      residentMiB: round(resident / mebibyte),
      cpuPercent: Number(cpu.toFixed(3)),
    };
    console.log(JSON.stringify(figures));
  }
  for (const one of running) await stop(one);
}

/** The smallest limit under which an agent whose pages nobody else has read reports for some seconds. */
async function smallestLimit(subject: Subject, world: World, tokenFile: string): Promise<number | undefined> {
  for (const mebibytes of [4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128]) {
    await writeFile('/proc/sys/vm/drop_caches', '3').catch(() => undefined);
    const one = await start(subject, world, tokenFile, mebibytes * mebibyte);
    const before = world.counts().reports;
    await sleep(8_000);
    const works = one.child.exitCode === null && one.child.signalCode === null && world.counts().reports > before;
    const killed = await one.group.oomKills();
    await stop(one);
    if (works && killed === 0) return mebibytes;
  }
  return undefined;
}

function round(value: number): number {
  return Number(value.toFixed(2));
}

async function main({ seconds, limits }: { readonly seconds: number; readonly limits: boolean }): Promise<void> {
  const project = fileURLToPath(new URL('../../..', import.meta.url));
  const folder = await mkdtemp(join(tmpdir(), 'infra-autopilot-bench-'));
  const world = await startWorld();
  try {
    const binary = await ensureAgentProgram(readSettings().cacheDirectory, makeProgress(process.stdout));
    if ('problem' in binary) throw new TypeError(binary.problem);
    const script = join(folder, 'main.mjs');
    const tokenFile = join(folder, 'token');
    await writeFile(script, await bundle(project, 'sidecar/hosts/node/main.ts'));
    await writeFile(tokenFile, 't'.repeat(1_024));
    await chmod(binary.path, 0o755);
    console.log(JSON.stringify({ binaryMiB: round((await stat(binary.path)).size / mebibyte) }));
    const subjects: readonly Subject[] = [
      { name: 'quickjs', command: [binary.path], variables: {}, port: 19_615 },
      { name: 'node', command: [process.execPath, ...nodeFlags, script], variables: nodeVariables, port: 19_616 },
    ];
    await measure(subjects, world, tokenFile, seconds);
    console.log(JSON.stringify(world.counts()));
    if (!limits) return;
    for (const subject of subjects) {
      console.log(JSON.stringify({ subject: subject.name, limitMiB: await smallestLimit(subject, world, tokenFile) }));
    }
  } finally {
    world.close();
    await rm(folder, { recursive: true });
  }
}

await new Command('bench-sidecar')
  .description('Memory and CPU of the agent on QuickJS and on Node, beside each other. Needs root, for cgroups.')
  .option('--seconds <number>', 'how long', Number, 120)
  .option('--limits', 'also looks for the smallest memory limit; drops the page cache of the machine', false)
  .action(main)
  .parseAsync();
