import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clusterProcesses } from '#infra/local/cgroups.ts';
import { embedded } from '#infra/local/embedded.ts';
import type { Progress } from '#infra/progress.ts';
import { run } from '#infra/run.ts';
import { childEnvironment, readSettings, type Settings } from '#infra/settings.ts';
import { ensureTool } from '#infra/tools.ts';
import { waitFor } from '#infra/wait.ts';
import { readMachine, type MachineState } from '#test/support/machine.ts';
import { readEndToEndSettings } from './support/settings.ts';

const { kubeconfigPath, provider } = readEndToEndSettings();
const quiet: Progress = { step: (_title, work) => work(() => undefined), say: () => undefined };
const checkout = readSettings('test');
// Never the cluster under test, however that is named: this one is killed and taken down.
const settings: Settings = { ...checkout, clusterName: `${checkout.clusterName.slice(0, 18)}-leftovers` };
const name = settings.clusterName;
const state = join(settings.stateDirectory, name);

/** What a killed start has come to, from its first trace on the machine to the last step. */
const moments: readonly (readonly [string, () => Promise<boolean>])[] = [
  ['its folder exists', async () => existsSync(join(state, 'node.json'))],
  ['its node has begun to start', async () => (await clusterProcesses(name)).length > 2],
  ['its control plane runs', async () => existsSync(join(state, 'logs', 'kubelet.log'))],
];

describe.skipIf(provider !== 'embedded')('a local node', () => {
  let before: MachineState;

  beforeAll(async () => {
    await embedded.down(settings, quiet);
    before = await readMachine(name);
  });

  afterEach(async () => {
    await embedded.down(settings, quiet);
  });

  it('leaves nothing on the machine when it is taken down, and disturbs no node beside it', async () => {
    const cluster = await embedded.up(settings, quiet);
    const during = await readMachine(name);
    expect(during.processes.length).toBeGreaterThan(before.processes.length + 5);
    expect(during.links.length).toBe(before.links.length + 1);
    expect(during.cgroups.length).toBeGreaterThan(0);
    expect(during.firewall).toEqual(before.firewall);
    expect(during.mounts).toEqual(before.mounts);
    expect(during.kernelSettings).toEqual(before.kernelSettings);

    const kubectl = join(await ensureTool('kubernetes', settings, quiet), 'kubectl');
    for (const kubeconfig of [cluster.kubeconfigPath, kubeconfigPath]) {
      expect(await run(kubectl, ['--kubeconfig', kubeconfig, 'get', '--raw', '/readyz'])).toBe('ok');
    }

    await embedded.down(settings, quiet);
    expect(await readMachine(name)).toEqual(before);
    expect(existsSync(state)).toBe(false);
  });

  it.each(moments)('leaves nothing when its start is killed once %s', async (_moment, reached) => {
    const front = spawn(process.execPath, ['infra/main.ts', 'cluster-up'], {
      cwd: settings.projectDirectory,
      env: childEnvironment({ CLUSTER: name, PROVIDER: 'embedded' }),
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => void front.once('close', resolve));
    await waitFor('the moment to kill', async () => ((await reached()) ? true : undefined), {
      timeoutSeconds: 60,
      everyMilliseconds: 5,
    });
    front.kill('SIGKILL');
    await ended;

    await embedded.down(settings, quiet);
    expect(await readMachine(name)).toEqual(before);
    expect(existsSync(state)).toBe(false);
  });

  it('starts again after a start that was killed', async () => {
    const front = spawn(process.execPath, ['infra/main.ts', 'cluster-up'], {
      cwd: settings.projectDirectory,
      env: childEnvironment({ CLUSTER: name, PROVIDER: 'embedded' }),
      stdio: 'ignore',
    });
    const ended = new Promise((resolve) => void front.once('close', resolve));
    await waitFor('a node to kill', async () => ((await clusterProcesses(name)).length > 2 ? true : undefined), {
      timeoutSeconds: 60,
    });
    front.kill('SIGKILL');
    await ended;

    const cluster = await embedded.up(settings, quiet);
    const kubectl = join(await ensureTool('kubernetes', settings, quiet), 'kubectl');
    expect(await run(kubectl, ['--kubeconfig', cluster.kubeconfigPath, 'get', '--raw', '/readyz'])).toBe('ok');
  });
});
