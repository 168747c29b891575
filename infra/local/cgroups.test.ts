import { describe, expect, it } from 'vitest';
import { parseHierarchies } from './cgroups.ts';

const line = (path: string, type: string, options: string): string =>
  `31 23 0:27 / ${path} rw,nosuid - ${type} cgroup ${options}`;

describe('cgroup hierarchies', () => {
  it('reads a machine with v1 controllers beside an empty v2 tree', () => {
    const mountinfo = [
      line('/sys/fs/cgroup/memory', 'cgroup', 'rw,memory'),
      line('/sys/fs/cgroup/cpu,cpuacct', 'cgroup', 'rw,cpu,cpuacct'),
      line('/sys/fs/cgroup/systemd', 'cgroup', 'rw,name=systemd'),
      line('/sys/fs/cgroup/unified', 'cgroup2', 'rw'),
      '22 23 0:21 / /proc rw - proc proc rw',
      '',
    ].join('\n');
    expect(parseHierarchies(mountinfo)).toEqual([
      { path: '/sys/fs/cgroup/memory', version: 1, controllers: ['memory'] },
      { path: '/sys/fs/cgroup/cpu,cpuacct', version: 1, controllers: ['cpu', 'cpuacct'] },
      { path: '/sys/fs/cgroup/systemd', version: 1, controllers: ['name=systemd'] },
      { path: '/sys/fs/cgroup/unified', version: 2, controllers: [] },
    ]);
  });

  it('reads a machine with the v2 tree alone', () => {
    const mountinfo = `${line('/sys/fs/cgroup', 'cgroup2', 'rw,nsdelegate,memory_recursiveprot')}\n`;
    expect(parseHierarchies(mountinfo)).toEqual([{ path: '/sys/fs/cgroup', version: 2, controllers: [] }]);
  });
});
