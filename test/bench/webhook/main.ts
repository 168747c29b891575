import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Command, InvalidArgumentError } from 'commander';
import { bundle } from '#infra/images/bundle.ts';
import { percentile } from '#infra/bench/percentiles.ts';
import { startWebhookApi, type WebhookApi } from '#test/support/webhook-api.ts';
import type { Load, Turn } from './load.ts';

const connectionCounts = [1, 16, 64] as const;
/** Of each server, so that what one process has by luck for as long as it lives decides nothing. */
const processes = 6;
/** Of each process, on each number of connections. Many and short: what a shared machine gives varies from second to second. */
const turns = 30;
/** A server with more code takes longer until all of it is compiled: until then that would be its figure. */
const warmUpTurns = 30;
/** Of webhook.Dockerfile, and of its peers: on this size each one's figures depend more than on anything else. */
const nodeFlags = ['--max-semi-space-size=16'];
const httpsPort = 18_443;
const adminPort = 18_616;
const barePort = 18_444;
const frameworkPort = 18_445;
const serverName = 'webhook.operations.svc';
const runTimeoutMilliseconds = 30_000;

const entries = {
  webhook: 'test/support/webhook-process.ts',
  bare: 'test/bench/webhook/bare.ts',
  fastify: 'test/bench/webhook/framework.ts',
  load: 'test/bench/webhook/load.ts',
} as const;

/** Bundled as the images are: stripping types at run time would be measured too. */
async function bundleAll(folder: string): Promise<void> {
  const project = fileURLToPath(new URL('../../..', import.meta.url));
  for (const [name, entry] of Object.entries(entries)) {
    await writeFile(join(folder, `${name}.mjs`), await bundle(project, entry));
  }
}

/** The webhook as it runs in a cluster: its log of one line a review goes to a file. */
async function startOurs(folder: string, api: WebhookApi): Promise<ChildProcess> {
  const log = openSync(join(folder, 'webhook.log'), 'w');
  const child = spawn(
    process.execPath,
    [...nodeFlags, join(folder, 'webhook.mjs'), String(httpsPort), String(adminPort)],
    {
      env: { ...api.environment },
      stdio: ['ignore', log, 'inherit'],
    },
  );
  const end = Date.now() + runTimeoutMilliseconds;
  while (!(await isReady())) {
    if (Date.now() > end) throw new Error('the webhook did not become ready');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return child;
}

function isReady(): Promise<boolean> {
  return new Promise((resolve) => {
    http
      .get({ host: '127.0.0.1', port: adminPort, path: '/readyz', agent: false }, (response) => {
        response.resume();
        resolve(response.statusCode === 200);
      })
      .on('error', () => resolve(false));
  });
}

/** One of those that the webhook is measured beside. */
async function startPeer(folder: string, name: 'bare' | 'fastify', port: number): Promise<ChildProcess> {
  const files = ['tls.crt', 'tls.key', 'ca.crt'].map((file) => join(folder, file));
  const child = spawn(process.execPath, [...nodeFlags, join(folder, `${name}.mjs`), String(port), ...files], {
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return child;
}

interface Server {
  readonly child: ChildProcess;
  readonly port: number;
}

async function load(folder: string, servers: readonly Server[], options: LoadOptions): Promise<Load> {
  const { connections, seconds, turns: number } = options;
  const ports = servers.map(({ port }) => port);
  const args = [join(folder, 'load.mjs'), join(folder, 'ca.crt'), serverName, connections, seconds, number, ...ports];
  const child = spawn(process.execPath, args.map(String), {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: servers.length * number * seconds * 1000 + runTimeoutMilliseconds,
  });
  return JSON.parse(await text(child.stdout)) as Load;
}

interface LoadOptions {
  readonly connections: number;
  /** Of a turn. */
  readonly seconds: number;
  readonly turns: number;
}

async function residentMebibytes({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
}

/** Of all its threads, in seconds; the kernel counts in hundredths. Unlike a rate it hardly depends on what else runs. */
async function cpuSeconds({ pid }: ChildProcess): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const [user, system] = stat.slice(stat.lastIndexOf(')')).split(' ').slice(12, 14);
  return (Number(user) + Number(system)) / 100;
}

/** One server's turns on a number of connections, with the CPU time that its process took for an answer in all of them. */
interface Measured extends Turn {
  readonly cpuMicroseconds: number;
}

type Figure = keyof Measured;

function of(values: readonly number[], share: number): number {
  return percentile(values, share) ?? Number.NaN;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function row(cells: readonly (string | number)[]): void {
  say(`| ${cells.join(' | ')} |`);
}

/** One server's figure beside the bare one's of the same turn, and of these the middle: both had the same machine then. */
function ratioOf(measured: readonly Measured[], bare: readonly Measured[], figure: Figure): string {
  const ratios = measured.map((turn, number) => turn[figure] / (bare[number]?.[figure] ?? Number.NaN));
  return of(ratios, 0.5).toFixed(2);
}

function sayFigures(connections: number, who: string, measured: readonly Measured[], bare: readonly Measured[]): void {
  const middle = (figure: Figure, digits: number): string =>
    of(
      measured.map((turn) => turn[figure]),
      0.5,
    ).toFixed(digits);
  row([
    connections,
    who,
    middle('requestsPerSecond', 0),
    middle('p50', 2),
    middle('p99', 2),
    middle('cpuMicroseconds', 0),
    ratioOf(measured, bare, 'requestsPerSecond'),
    ratioOf(measured, bare, 'p99'),
    ratioOf(measured, bare, 'cpuMicroseconds'),
  ]);
}

const names = ['webhook', 'fastify', 'bare'] as const;
type Name = (typeof names)[number];

/** What was measured on one number of connections. */
type Loads = Readonly<Record<Name, Measured[]>>;

async function startAll(
  folder: string,
  api: WebhookApi,
  children: ChildProcess[],
): Promise<Readonly<Record<Name, Server>>> {
  const started = (child: ChildProcess, port: number): Server => {
    children.push(child);
    return { child, port };
  };
  const webhook = started(await startOurs(folder, api), httpsPort);
  for (const file of ['ca.crt', 'tls.crt', 'tls.key']) await writeFile(join(folder, file), api.secret(file));
  return {
    webhook,
    fastify: started(await startPeer(folder, 'fastify', frameworkPort), frameworkPort),
    bare: started(await startPeer(folder, 'bare', barePort), barePort),
  };
}

interface Found {
  readonly measured: ReadonlyMap<number, Loads>;
  /** Of the webhook's processes, in MiB, after warming up and at the end. */
  readonly memory: (readonly [number, number])[];
  failures: number;
}

/** One process of each server. */
async function measureOnce(folder: string, api: WebhookApi, found: Found, seconds: number): Promise<void> {
  const children: ChildProcess[] = [];
  try {
    const byName = await startAll(folder, api, children);
    const servers = names.map((name) => byName[name]);
    // What is compiled and allocated once is nobody's figure.
    await load(folder, servers, { connections: 16, seconds, turns: warmUpTurns });
    const before = await residentMebibytes(byName.webhook.child);
    for (const [connections, loads] of found.measured) {
      const cpuBefore = await Promise.all(servers.map(({ child }) => cpuSeconds(child)));
      const { servers: loaded, failures } = await load(folder, servers, { connections, seconds, turns });
      const cpuAfter = await Promise.all(servers.map(({ child }) => cpuSeconds(child)));
      found.failures += failures;
      for (const [index, { answers, turns: taken }] of loaded.entries()) {
        const used = (cpuAfter[index] ?? Number.NaN) - (cpuBefore[index] ?? Number.NaN);
        const cpuMicroseconds = (used / answers) * 1e6;
        loads[names[index] ?? 'bare'].push(...taken.map((turn) => ({ ...turn, cpuMicroseconds })));
      }
    }
    found.memory.push([before, await residentMebibytes(byName.webhook.child)]);
  } finally {
    for (const child of children) await kill(child);
  }
}

/** Ends a server and waits until its port is free. */
async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function compare(folder: string, seconds: number): Promise<void> {
  const api = await startWebhookApi();
  const found: Found = {
    measured: new Map(connectionCounts.map((connections) => [connections, { webhook: [], fastify: [], bare: [] }])),
    memory: [],
    failures: 0,
  };
  try {
    for (let number = 1; number <= processes; number += 1) {
      process.stderr.write(`process ${number} of ${processes}\n`);
      await measureOnce(folder, api, found, seconds);
    }
  } finally {
    await api.stop();
  }
  const ratios = ['requests/s', 'p99', 'CPU'].map((figure) => `${figure} to bare`);
  row(['connections', 'who', 'requests/s', 'p50 ms', 'p99 ms', 'CPU µs', ...ratios]);
  row(['--:', '---', '--:', '--:', '--:', '--:', '--:', '--:', '--:']);
  for (const [connections, loads] of found.measured) {
    for (const name of names) sayFigures(connections, name, loads[name], loads.bare);
  }
  const memory = (at: 0 | 1): string =>
    of(
      found.memory.map((pair) => pair[at]),
      0.5,
    ).toFixed(0);
  say(`Resident memory of the webhook: ${memory(0)} MiB after warming up, ${memory(1)} MiB at the end.`);
  say(`Answers without a patch: ${found.failures}.`);
}

function readSeconds(given: string): number {
  const seconds = Number(given);
  if (!(seconds >= 0.1 && seconds <= 3)) throw new InvalidArgumentError('It must be a number from 0.1 to 3.');
  return seconds;
}

const program = new Command('bench:webhook')
  .description('Requests a second and latency of the webhook, beside bare servers that make the same patches.')
  .option('--seconds <number>', 'of each turn, from 0.1 to 3', readSeconds, 0.2)
  .action(async ({ seconds }: { readonly seconds: number }) => {
    const folder = await mkdtemp(join(tmpdir(), 'infra-autopilot-bench-'));
    try {
      await bundleAll(folder);
      await compare(folder, seconds);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
await program.parseAsync();
