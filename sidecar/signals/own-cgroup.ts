import type { Host } from '../host.ts';
import { numberBehind } from './process-status.ts';

const maximumFileBytes = 8_192;

/** Where the figures of the agent's own container are: cgroup v2, then v1. */
const places = [
  { memory: '/sys/fs/cgroup/memory.current', cpu: '/sys/fs/cgroup/cpu.stat' },
  { memory: '/sys/fs/cgroup/memory/memory.usage_in_bytes', cpu: '/sys/fs/cgroup/cpu/cpu.stat' },
] as const;

/** Between two looks. Seconds. */
const lookSeconds = 5;

/** The agent's own container as the kernel counts it: an agent that is starved sees late. */
export interface OwnCgroup {
  usedBytes(): number | undefined;
  /** Share of the CPU periods since the last look in which it was held back, 0 to 1. */
  throttledRatio(): number | undefined;
  look(seconds: number): Promise<void>;
}

export function makeOwnCgroup(host: Pick<Host, 'readFile'>): OwnCgroup {
  let place: (typeof places)[number] | undefined;
  let isSought = false;
  let lookedAt = -Infinity;
  let usedBytes: number | undefined;
  let throttledRatio: number | undefined;
  let before = { periods: 0, throttled: 0 };

  const read = async (path: string): Promise<string | undefined> => {
    const file = await host.readFile(path, maximumFileBytes);
    return 'text' in file ? file.text : undefined;
  };

  const find = async (): Promise<void> => {
    isSought = true;
    for (const each of places) if (place === undefined && (await read(each.memory)) !== undefined) place = each;
  };

  return {
    usedBytes: () => usedBytes,
    throttledRatio: () => throttledRatio,
    look: async (seconds) => {
      if (seconds - lookedAt < lookSeconds) return;
      lookedAt = seconds;
      if (!isSought) await find();
      if (place === undefined) return;
      const used = Number(await read(place.memory));
      usedBytes = Number.isFinite(used) ? used : undefined;
      const cpu = `\n${(await read(place.cpu)) ?? ''}`;
      const now = { periods: numberBehind(cpu, '\nnr_periods'), throttled: numberBehind(cpu, '\nnr_throttled') };
      const periods = now.periods - before.periods;
      throttledRatio = periods > 0 ? (now.throttled - before.throttled) / periods : undefined;
      before = now;
    },
  };
}
