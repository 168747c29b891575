/**
 * The node's own init: runs as the first program inside the namespaces of one local cluster, prepares them, starts the
 * components in stages and starts again what ends. It is not a command for people; embedded.ts starts it.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { openSync, writeFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '../wait.ts';
import type { Component } from './components.ts';
import type { NodeIdentity } from './identity.ts';

/** What embedded.ts hands over as a JSON file. */
export interface NodePlan {
  readonly identity: NodeIdentity;
  readonly stages: readonly (readonly Component[])[];
  readonly logDirectory: string;
  /** `starting`, then `ready`, or `failed: <why>`; read by embedded.ts. */
  readonly statusFile: string;
}

const execute = promisify(execFile);
const restartDelayMilliseconds = 1_000;
const stageTimeoutSeconds = 90;
/** Files below /proc/sys and the values that the kubelet expects to find. */
const kernelSettings = {
  'vm/overcommit_memory': 1,
  'vm/panic_on_oom': 0,
  'kernel/panic': 10,
  'kernel/panic_on_oops': 1,
  'kernel/keys/root_maxkeys': 1_000_000,
  'kernel/keys/root_maxbytes': 25_000_000,
} as const;

async function main(planFile: string): Promise<void> {
  const plan = JSON.parse(await readFile(planFile, 'utf8')) as NodePlan;
  const say = (status: string): void => writeFileSync(plan.statusFile, status);
  say('starting');
  try {
    await prepareMounts();
    await prepareNetwork(plan.identity);
    for (const stage of plan.stages) {
      for (const component of stage) supervise(component, join(plan.logDirectory, `${component.name}.log`));
      await Promise.all(stage.map(untilHealthy));
    }
    say('ready');
  } catch (error) {
    say(`failed: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}

/** Gives the node private copies of the folders that its programs insist on, so that the machine's own stay untouched. */
async function prepareMounts(): Promise<void> {
  await mount('--make-rshared', '/');
  for (const directory of ['/run', '/var/lib', '/var/log']) await mount('-t', 'tmpfs', 'tmpfs', directory);
  await Promise.all(['/run/lock', '/run/netns', '/run/containerd'].map((path) => mkdir(path, { recursive: true })));
  await pretendKernelSettings();
}

/**
 * Shows the node's programs the kernel settings that the kubelet insists on. It would otherwise write them, and they hold
 * for the whole machine and would outlive the cluster.
 *
 * @see setupKernelTunables in the kubelet's container manager
 */
async function pretendKernelSettings(): Promise<void> {
  for (const [setting, value] of Object.entries(kernelSettings)) {
    const file = join('/run/kernel-settings', setting);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${value}\n`);
    await mount('--bind', file, join('/proc/sys', setting));
  }
}

async function mount(...args: readonly string[]): Promise<void> {
  await execute('mount', args);
}

async function ip(...args: readonly string[]): Promise<void> {
  await execute('ip', args);
}

async function prepareNetwork(identity: NodeIdentity): Promise<void> {
  await waitFor(
    'the arrival of the node link',
    async () => (await execute('ip', ['link', 'show', 'eth0'])).stdout || undefined,
    {
      timeoutSeconds: 20,
    },
  );
  await ip('link', 'set', 'lo', 'up');
  await ip('address', 'add', `${identity.nodeAddress}/30`, 'dev', 'eth0');
  await ip('link', 'set', 'eth0', 'up');
  // The API server calls webhooks by their Service: the kernel wants a route before kube-proxy's rules rewrite the address.
  // Over lo it would work too, but an answer that a Service has no endpoints would be dropped, and each call wait for its timeout.
  await ip('route', 'add', identity.serviceRange, 'via', identity.hostAddress, 'dev', 'eth0');
  writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
}

/** Starts a component and starts it again whenever it ends. Its output goes to its log. */
function supervise(component: Component, logFile: string): void {
  const log = openSync(logFile, 'a');
  const [program = '', ...args] = component.command;
  const start = (): void => {
    const child: ChildProcess = spawn(program, args, { stdio: ['ignore', log, log] });
    child.once('error', (error) => writeFileSync(log, `could not start: ${error.message}\n`));
    child.once('close', (code, signal) => {
      writeFileSync(log, `${component.name} ended (${signal ?? code}); starting it again\n`);
      setTimeout(start, restartDelayMilliseconds);
    });
  };
  start();
}

async function untilHealthy(component: Component): Promise<void> {
  await waitFor(
    `${component.name} answering its health check`,
    async () => ((await isHealthy(component)) ? true : undefined),
    {
      timeoutSeconds: stageTimeoutSeconds,
    },
  );
}

function isHealthy(component: Component): Promise<boolean> {
  const { healthy } = component;
  return new Promise((resolve) => {
    if ('socket' in healthy) {
      const socket = connect(healthy.socket, () => resolve(true)).once('error', () => resolve(false));
      socket.once('connect', () => socket.destroy());
      return;
    }
    // Loopback inside the node's own namespace: nobody else can listen there, so the name on the certificate adds nothing.
    const request = healthy.url.startsWith('https:')
      ? httpsRequest(healthy.url, { rejectUnauthorized: false, timeout: 2_000 })
      : httpRequest(healthy.url, { timeout: 2_000 });
    request.once('response', (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
    request.once('close', () => resolve(false));
    request.end();
  });
}

await main(process.argv[2] ?? '');
