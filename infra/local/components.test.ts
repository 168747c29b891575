import { describe, expect, it } from 'vitest';
import { featureGates, makeStages, type NodePaths } from './components.ts';
import { makeConfigFiles } from './config-files.ts';
import { makeIdentity, slots } from './identity.ts';

const paths: NodePaths = {
  kubernetes: '/tools/kubernetes',
  etcd: '/tools/etcd',
  containerd: '/usr/bin/containerd',
  cniPlugins: '/usr/lib/cni',
  pki: '/state/one/pki',
  config: '/state/one/config',
  state: '/state/one',
};

describe('local node', () => {
  it('shares no link, address, range, cgroup or folder with a node in another slot', () => {
    const [one, two] = [makeIdentity('one', 3, '/state'), makeIdentity('two', 4, '/state')];
    for (const key of Object.keys(one) as (keyof typeof one)[]) expect(one[key]).not.toEqual(two[key]);
  });

  it('keeps every slot within the bounds of an address', () => {
    expect(makeIdentity('last', slots - 1, '/state').nodeAddress).toMatch(/^10\.197\.(\d|[1-9]\d|1\d\d|2[0-4]\d)\.2$/);
  });

  it('starts the API server after etcd and everything else after the API server', () => {
    const stages = makeStages(makeIdentity('one', 3, '/state'), paths, {});
    expect(stages.map((stage) => stage.map(({ name }) => name))).toEqual([
      ['containerd', 'etcd'],
      ['kube-apiserver'],
      ['kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy'],
    ]);
  });

  it('gives the restart gates to every component that knows gates, and none unless asked', () => {
    const identity = makeIdentity('one', 3, '/state');
    const lines = (asked: boolean): string[] =>
      makeStages(identity, paths, featureGates(asked))
        .flat()
        .map(({ command }) => command.join(' '));
    expect(lines(false).join(' ')).not.toContain('--feature-gates');
    const gated = lines(true).filter((line) => line.includes('RestartAllContainersOnContainerExits=true'));
    expect(gated).toHaveLength(3);
    const kubelet = makeConfigFiles(identity, paths, featureGates(true), 'pause:1', 'overlayfs')['kubelet.json'] ?? '';
    expect(JSON.parse(kubelet)).toMatchObject({ featureGates: { NodeDeclaredFeatures: true } });
  });

  it('confines the kubelet to the cluster’s own cgroup and folders', () => {
    const identity = makeIdentity('one', 3, '/state');
    const kubelet = makeConfigFiles(identity, paths, {}, 'pause:1', 'overlayfs')['kubelet.json'] ?? '';
    expect(JSON.parse(kubelet)).toMatchObject({
      cgroupRoot: '/infra-autopilot/one',
      podLogsDir: '/state/one/pod-logs',
      failCgroupV1: false,
    });
  });
});
