import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { bundle } from '#infra/images/bundle.ts';
import type { Listed, Streamed } from './measure.ts';

const subjectTimeoutMilliseconds = 120_000;
const eventsPerSecond = 1_000;
const eventSeconds = 10;
const mebibyte = 1024 * 1024;

const subjects = ['api', 'ours', 'peer', 'connections'] as const;
type Subject = (typeof subjects)[number];

/** Bundled as the images are: stripping types at run time would be measured too. */
async function bundleAll(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'infra-autopilot-bench-'));
  const project = fileURLToPath(new URL('../../..', import.meta.url));
  for (const name of subjects) {
    await writeFile(join(folder, `${name}.mjs`), await bundle(project, `test/bench/controller/${name}.ts`));
  }
  return folder;
}

/** Starts one of the bundles. */
function start(
  folder: string,
  name: Subject,
  args: readonly string[],
): { child: ChildProcess; lines: AsyncIterator<string> } {
  // Ours with the flags of its image; the peer needs room for whole objects.
  const room = name === 'ours' ? ['--max-semi-space-size=4', '--optimize-for-size'] : ['--max-old-space-size=8192'];
  const flags = ['--expose-gc', '--no-warnings', ...room];
  const child = spawn(process.execPath, [...flags, join(folder, `${name}.mjs`), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

async function nextLine(lines: AsyncIterator<string>): Promise<string | undefined> {
  const { value, done } = await lines.next();
  return done === true ? undefined : value;
}

/** What a subject printed, line by line; nothing where it failed or took too long. */
async function subject(folder: string, name: Subject, args: readonly string[]): Promise<readonly string[]> {
  const { child, lines } = start(folder, name, args);
  const timer = setTimeout(() => child.kill('SIGKILL'), subjectTimeoutMilliseconds);
  const printed: string[] = [];
  for (let line = await nextLine(lines); line !== undefined; line = await nextLine(lines)) printed.push(line);
  clearTimeout(timer);
  return printed;
}

async function withApi<Result>(folder: string, pods: number, use: (port: string) => Promise<Result>): Promise<Result> {
  const { child, lines } = start(folder, 'api', [String(pods)]);
  try {
    return await use((await nextLine(lines)) ?? '');
  } finally {
    child.kill();
  }
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function listedCells(pods: number, who: string, printed: readonly string[]): { cells: string[]; listed?: Listed } {
  const [line] = printed;
  if (line === undefined) return { cells: [String(pods), who, 'failed', 'failed', 'failed'] };
  const listed = JSON.parse(line) as Listed;
  const perPod = (listed.heapBytes / pods / 1024).toFixed(2);
  const peak = (listed.peakRssBytes / mebibyte).toFixed(0);
  return { cells: [String(pods), who, perPod, peak, listed.listSeconds.toFixed(1)], listed };
}

async function run(folder: string, sizes: readonly number[]): Promise<void> {
  const table: string[][] = [];
  const ours = new Map<number, Listed>();
  let streamed: Streamed | undefined;
  let connections = '';
  for (const pods of sizes) {
    await withApi(folder, pods, async (port) => {
      say(`${pods} pods: ours …`);
      const events = pods === sizes[0] ? [String(eventsPerSecond), String(eventSeconds)] : [];
      const printed = await subject(folder, 'ours', [port, ...events]);
      const { cells, listed } = listedCells(pods, 'ours', printed);
      if (listed) ours.set(pods, listed);
      if (printed[1] !== undefined) streamed = JSON.parse(printed[1]) as Streamed;
      say(`${pods} pods: client-node’s informer …`);
      const peer = listedCells(pods, 'client-node', await subject(folder, 'peer', [port]));
      table.push([...cells, ratio(listed, peer.listed)], [...peer.cells, '1']);
      if (connections === '') connections = (await subject(folder, 'connections', [port]))[0] ?? '';
    });
  }
  say('');
  say(row(['pods', 'who', 'heap KB a pod', 'peak RSS MB', 'list s', 'heap of the peer’s']));
  say(row(['--:', '---', '--:', '--:', '--:', '--:']));
  for (const cells of table) say(row(cells));
  for (const [pods, listed] of ours) {
    const twice = ours.get(pods * 2);
    if (twice) {
      const heap = (twice.heapBytes / listed.heapBytes).toFixed(2);
      say(
        `Twice ${pods} pods: ${heap} times the heap, ${(twice.listSeconds / listed.listSeconds).toFixed(2)} times the time to list.`,
      );
    }
  }
  if (streamed) {
    const { handled, p50Milliseconds, p99Milliseconds } = streamed;
    say(
      `Watch event → decision at ${eventsPerSecond} events/s for ${eventSeconds} s: p50 ${p50Milliseconds} ms, p99 ${p99Milliseconds} ms, ${handled} decisions.`,
    );
  }
  if (connections !== '') {
    const { ours: own, peer } = JSON.parse(connections) as { readonly ours: number; readonly peer: number };
    say(`Connections for 100 calls: ${own}, client-node ${peer}.`);
  }
}

function ratio(ours: Listed | undefined, peer: Listed | undefined): string {
  return ours && peer ? (ours.heapBytes / peer.heapBytes).toFixed(3) : '–';
}

const program = new Command('bench:controller')
  .description('Memory, connections and latency of the controller’s view of a cluster, beside client-node’s informer.')
  .option('--pods <numbers>', 'sizes, separated by commas', '10000,20000,50000')
  .action(async ({ pods }: { readonly pods: string }) => {
    const folder = await bundleAll();
    try {
      await run(folder, pods.split(',').map(Number));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
await program.parseAsync();
