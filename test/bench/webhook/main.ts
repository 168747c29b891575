import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { bundle } from '#infra/images/bundle.ts';
import { percentile } from '#infra/bench/percentiles.ts';
import { startWebhookApi, type WebhookApi } from '#test/support/webhook-api.ts';
import type { Load } from './load.ts';

const connectionCounts = [1, 16, 64] as const;
/** Of each server, so that what one process has by luck for as long as it lives decides nothing. */
const processes = 5;
/** Of each process, on each number of connections. Short: what a shared machine gives varies from second to second. */
const rounds = 3;
/** A server with more code takes longer until all of it is compiled: until then that would be its figure. */
const warmUpSeconds = 10;
/** The flags of webhook.Dockerfile. */
const nodeFlags = ['--max-semi-space-size=4'];
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
  const child = spawn(process.execPath, [join(folder, `${name}.mjs`), String(port), ...files], {
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout as NodeJS.ReadableStream, 'data');
  return child;
}

async function measure(folder: string, server: Server, connections: number, seconds: number): Promise<Measured> {
  const before = await cpuSeconds(server.child);
  const found = await load(folder, server.port, connections, seconds);
  return { ...found, cpuSeconds: (await cpuSeconds(server.child)) - before };
}

interface Server {
  readonly child: ChildProcess;
  readonly port: number;
}

async function load(folder: string, port: number, connections: number, seconds: number): Promise<Load> {
  const ca = join(folder, 'ca.crt');
  const args = [join(folder, 'load.mjs'), port, ca, serverName, connections, seconds].map(String);
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: runTimeoutMilliseconds,
  });
  return JSON.parse(await text(child.stdout)) as Load;
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

interface Measured extends Load {
  readonly cpuSeconds: number;
}

interface Figures {
  readonly cpuMicroseconds: number;
  readonly requestsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly failures: number;
}

/** The middle of the rounds, so that a disturbed one decides nothing. */
function figuresOf(loads: readonly Measured[]): Figures {
  const middle = (values: readonly number[]): number => of(values, 0.5);
  const answers = loads.reduce((sum, one) => sum + one.answers, 0);
  return {
    cpuMicroseconds: (loads.reduce((sum, one) => sum + one.cpuSeconds, 0) / answers) * 1e6,
    requestsPerSecond: middle(loads.map(({ requestsPerSecond }) => requestsPerSecond)),
    p50: middle(loads.map(({ milliseconds }) => of(milliseconds, 0.5))),
    p99: middle(loads.map(({ milliseconds }) => of(milliseconds, 0.99))),
    failures: loads.reduce((sum, { failures }) => sum + failures, 0),
  };
}

function of(values: readonly number[], share: number): number {
  return percentile(values, share) ?? Number.NaN;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function row(cells: readonly (string | number)[]): void {
  say(`| ${cells.join(' | ')} |`);
}

/** One server's figure beside the bare one's of the same round, and of these the middle: both had the same machine then. */
function ratioOf(
  loads: readonly Measured[],
  bare: readonly Measured[],
  figure: (loads: readonly Measured[]) => number,
): string {
  const ratios = loads.map((one, round) => figure([one]) / figure(bare.slice(round, round + 1)));
  return of(ratios, 0.5).toFixed(2);
}

function sayFigures(connections: number, who: string, loads: readonly Measured[], bare: readonly Measured[]): void {
  const { cpuMicroseconds, requestsPerSecond, p50, p99, failures } = figuresOf(loads);
  row([
    connections,
    who,
    requestsPerSecond.toFixed(0),
    p50.toFixed(2),
    p99.toFixed(2),
    cpuMicroseconds.toFixed(0),
    failures,
    ratioOf(loads, bare, (some) => figuresOf(some).requestsPerSecond),
    ratioOf(loads, bare, (some) => figuresOf(some).p99),
    ratioOf(loads, bare, (some) => figuresOf(some).cpuMicroseconds),
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

/** One process of each server. Says what the webhook's holds after warming up and at the end, in MiB. */
async function measureOnce(
  folder: string,
  api: WebhookApi,
  found: ReadonlyMap<number, Loads>,
  seconds: number,
): Promise<readonly [number, number]> {
  const children: ChildProcess[] = [];
  try {
    const servers = await startAll(folder, api, children);
    // What is compiled and allocated once is nobody's figure.
    for (const name of names) await load(folder, servers[name].port, 16, warmUpSeconds);
    const before = await residentMebibytes(servers.webhook.child);
    for (const [connections, loads] of found) {
      for (let round = 0; round < rounds; round += 1) {
        // By turns, or a machine that slows down would always do so for the same one.
        for (let turn = 0; turn < names.length; turn += 1) {
          const name = names[(round + turn) % names.length] ?? 'bare';
          loads[name].push(await measure(folder, servers[name], connections, seconds));
        }
      }
    }
    return [before, await residentMebibytes(servers.webhook.child)];
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
  const found = new Map<number, Loads>(
    connectionCounts.map((connections) => [connections, { webhook: [], fastify: [], bare: [] }]),
  );
  const memory: (readonly [number, number])[] = [];
  try {
    for (let number = 1; number <= processes; number += 1) {
      process.stderr.write(`process ${number} of ${processes}\n`);
      memory.push(await measureOnce(folder, api, found, seconds));
    }
  } finally {
    await api.stop();
  }
  row([
    'connections',
    'who',
    'requests/s',
    'p50 ms',
    'p99 ms',
    'CPU µs',
    'failed',
    'requests/s to bare',
    'p99 to bare',
    'CPU to bare',
  ]);
  row(['--:', '---', '--:', '--:', '--:', '--:', '--:', '--:', '--:', '--:']);
  for (const [connections, loads] of found) {
    for (const name of names) sayFigures(connections, name, loads[name], loads.bare);
  }
  const [before, after] = [0, 1].map((at) =>
    of(
      memory.map((pair) => pair[at] ?? Number.NaN),
      0.5,
    ).toFixed(0),
  );
  say(`Resident memory of the webhook: ${before} MiB after warming up, ${after} MiB at the end.`);
}

const program = new Command('bench:webhook')
  .description('Requests a second and latency of the webhook, beside bare servers that make the same patches.')
  .option('--seconds <number>', 'of each measurement', '1.2')
  .action(async ({ seconds }: { readonly seconds: string }) => {
    const folder = await mkdtemp(join(tmpdir(), 'infra-autopilot-bench-'));
    try {
      await bundleAll(folder);
      await compare(folder, Math.min(3, Number(seconds)));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
await program.parseAsync();
