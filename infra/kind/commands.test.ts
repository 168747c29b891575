import { describe, expect, it } from 'vitest';
import type { Cluster } from '../provider.ts';
import { kindCommands, kindConfiguration } from './commands.ts';

const cluster: Cluster = { name: 'demo', provider: 'kind', kubeconfigPath: '/state/demo/kubeconfig' };
const commands = kindCommands(cluster);

describe('kind commands', () => {
  it('names the cluster so that a cluster of the person’s own is never meant', () => {
    expect(commands.kindName).toBe('infra-autopilot-demo');
    for (const args of [commands.create('c'), commands.load('a'), commands.delete, commands.exportKubeconfig]) {
      expect(args.join(' ')).toContain('--name infra-autopilot-demo');
    }
  });

  it('keeps credentials in the state folder and out of the person’s kubeconfig', () => {
    for (const args of [commands.create('c'), commands.delete, commands.exportKubeconfig]) {
      expect(args.join(' ')).toContain('--kubeconfig /state/demo/kubeconfig');
    }
  });

  it('creates, waits, loads an archive and deletes', () => {
    expect(commands.list).toEqual(['get', 'clusters', '--quiet']);
    expect(commands.create('/state/kind.json').slice(0, 2)).toEqual(['create', 'cluster']);
    expect(commands.create('/state/kind.json').join(' ')).toContain('--config /state/kind.json --wait 180s');
    expect(commands.load('/a.tar')).toEqual(['load', 'image-archive', '--name', 'infra-autopilot-demo', '/a.tar']);
    expect(commands.delete.slice(0, 2)).toEqual(['delete', 'cluster']);
  });

  it('turns the restart gates on only when asked', () => {
    expect(kindConfiguration(false)).toMatchObject({ featureGates: {} });
    expect(kindConfiguration(true)).toMatchObject({
      featureGates: { RestartAllContainersOnContainerExits: true, NodeDeclaredFeatures: true },
    });
  });
});
