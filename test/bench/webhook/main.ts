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
/** Odd, so that there is a middle one. Short and many: what a shared machine gives varies from second to second. */
const rounds = 11;
/** A server with more code takes longer until all of it is compiled: until then that would be its figure. */
const warmUpSeconds = 12;
/** The flags of webhook.Dockerfile. */
const nodeFlags = ['--max-semi-space-size=4'];
const httpsPort = 18_443;
const adminPort = 18_616;
const barePort = 18_444;
const serverName = 'webhook.operations.svc';
const runTimeoutMilliseconds = 30_000;

const entries = {
  webhook: 'test/support/webhook-process.ts',
  bare: 'test/bench/webhook/bare.ts',
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

async function startBare(folder: string, api: WebhookApi): Promise<ChildProcess> {
  const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  await writeFile(cert, api.secret('tls.crt'));
  await writeFile(key, api.secret('tls.key'));
  const child = spawn(
    process.execPath,
    [join(folder, 'bare.mjs'), String(barePort), cert, key, join(folder, 'ca.crt')],
    {
      env: {},
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
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

/** One server's figure beside the other's of the same round, and of these the middle: both had the same machine then. */
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

async function compare(folder: string, seconds: number): Promise<void> {
  const api = await startWebhookApi();
  const children: ChildProcess[] = [];
  try {
    const ours = await startOurs(folder, api);
    children.push(ours);
    await writeFile(join(folder, 'ca.crt'), api.secret('ca.crt'));
    const bareServer = await startBare(folder, api);
    children.push(bareServer);
    // What is compiled and allocated once is neither's figure.
    for (const port of [httpsPort, barePort]) await load(folder, port, 16, warmUpSeconds);
    const before = await residentMebibytes(ours);
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
    const servers = { webhook: { child: ours, port: httpsPort }, bare: { child: bareServer, port: barePort } };
    for (const connections of connectionCounts) {
      const loads: { readonly webhook: Measured[]; readonly bare: Measured[] } = { webhook: [], bare: [] };
      for (let round = 0; round < rounds; round += 1) {
        const turn = async (who: keyof typeof servers): Promise<void> =>
          void loads[who].push(await measure(folder, servers[who], connections, seconds));
        // By turns, or a machine that slows down would always do so for the same one.
        await turn(round % 2 === 0 ? 'webhook' : 'bare');
        await turn(round % 2 === 0 ? 'bare' : 'webhook');
      }
      sayFigures(connections, 'webhook', loads.webhook, loads.bare);
      sayFigures(connections, 'bare', loads.bare, loads.bare);
    }
    say(
      `Resident memory of the webhook: ${before.toFixed(0)} MiB after warming up, ${(await residentMebibytes(ours)).toFixed(0)} MiB at the end.`,
    );
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await api.stop();
  }
}

const program = new Command('bench:webhook')
  .description('Requests a second and latency of the webhook, beside a bare server that makes the same patches.')
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
