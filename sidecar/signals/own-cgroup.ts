import type { Host } from '../host.ts';
import { numberBehind } from './process-status.ts';

const maximumFileBytes = 8_192;

/** Where the figures of the agent's own container are: cgroup v2, then v1. */
const places = [
  {
    memory: '/sys/fs/cgroup/memory.current',
    limit: '/sys/fs/cgroup/memory.max',
    cpu: '/sys/fs/cgroup/cpu.stat',
  },
  {
    memory: '/sys/fs/cgroup/memory/memory.usage_in_bytes',
    limit: '/sys/fs/cgroup/memory/memory.limit_in_bytes',
    cpu: '/sys/fs/cgroup/cpu/cpu.stat',
  },
] as const;

/** Between two looks. Seconds. */
const lookSeconds = 5;

/** The agent's own container as the kernel counts it: an agent that is starved sees late. */
export interface OwnCgroup {
  usedBytes(): number | undefined;
  limitBytes(): number | undefined;
  /** Share of the CPU periods since the last look in which it was held back, 0 to 1. */
  throttledRatio(): number | undefined;
  look(seconds: number): Promise<void>;
}

export function makeOwnCgroup(host: Pick<Host, 'readFile'>): OwnCgroup {
  let place: (typeof places)[number] | undefined;
  let isSought = false;
  let lookedAt = -Infinity;
  let usedBytes: number | undefined;
  let limitBytes: number | undefined;
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
    limitBytes: () => limitBytes,
    throttledRatio: () => throttledRatio,
    look: async (seconds) => {
      if (seconds - lookedAt < lookSeconds) return;
      lookedAt = seconds;
      if (!isSought) await find();
      if (place === undefined) return;
      usedBytes = bytesOf(await read(place.memory));
      limitBytes = bytesOf(await read(place.limit));
      const cpu = `\n${(await read(place.cpu)) ?? ''}`;
      const now = { periods: numberBehind(cpu, '\nnr_periods'), throttled: numberBehind(cpu, '\nnr_throttled') };
      const periods = now.periods - before.periods;
      throttledRatio = periods > 0 ? (now.throttled - before.throttled) / periods : undefined;
      before = now;
    },
  };
}

/** Version 2 writes `max` where there is no limit, and version 1 a number beyond all memory. */
function bytesOf(text: string | undefined): number | undefined {
  const bytes = Number(text);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
