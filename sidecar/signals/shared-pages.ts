import type { Host } from '../host.ts';
import { numberBehind } from './process-status.ts';

/** Looks after which is asked anew, and after which at once where processes came or went. The kernel walks all pages. */
const askTicks = 30;
const changedTicks = 5;

/** Of more processes in one container none is asked: their memory counts as if nothing were shared. */
const maximumProcesses = 32;

/** Containers that are remembered; of more, all are asked anew. */
const maximumContainers = 32;

const maximumFileBytes = 4_096;

const bytesPerKibibyte = 1024;

/** A process as it was just seen. */
export interface Member {
  readonly processId: number;
  readonly anonymousBytes: number;
}

interface Asked {
  readonly tick: number;
  readonly processes: number;
  readonly bytesByProcess: ReadonlyMap<number, number>;
}

/**
 * What the sum over a container's processes counts more than once: a forked process shares each page with its parent
 * until one of them writes to it, and both count it as their own.
 */
export interface SharedPages {
  /** 0 where the kernel doesn't tell us: that takes the processes' own user and group. Calls never overlap. */
  countedTwice(containerId: string, members: readonly Member[], tick: number): Promise<number>;
}

export function makeSharedPages(host: Pick<Host, 'readFile'>): SharedPages {
  const byContainerId = new Map<string, Asked>();

  const ask = async (members: readonly Member[], tick: number): Promise<Asked> => {
    const bytesByProcess = new Map<number, number>();
    for (const { processId } of members) {
      const file = await host.readFile(`/proc/${processId}/smaps_rollup`, maximumFileBytes);
      bytesByProcess.set(processId, 'text' in file ? sharedBytesOf(file.text) : 0);
    }
    return { tick, processes: members.length, bytesByProcess };
  };

  return {
    countedTwice: async (containerId, members, tick) => {
      if (members.length < 2 || members.length > maximumProcesses) {
        byContainerId.delete(containerId);
        return 0;
      }
      let asked = byContainerId.get(containerId);
      const ageTicks = asked === undefined ? Infinity : tick - asked.tick;
      if (asked === undefined || ageTicks >= (asked.processes === members.length ? askTicks : changedTicks)) {
        asked = await ask(members, tick);
        if (byContainerId.size >= maximumContainers) byContainerId.clear();
        byContainerId.set(containerId, asked);
      }
      let [twice, all, largest] = [0, 0, 0];
      for (const { processId, anonymousBytes } of members) {
        twice += Math.min(asked.bytesByProcess.get(processId) ?? 0, anonymousBytes);
        all += anonymousBytes;
        largest = Math.max(largest, anonymousBytes);
      }
      // What was shared when it was asked may be nobody else's by now: never less than what one alone holds.
      return Math.min(twice, all - largest);
    },
  };
}

/** Of a process's anonymous memory what is others' share of it; 0 where an older kernel doesn't tell it apart. */
export function sharedBytesOf(rollup: string): number {
  if (!rollup.includes('\nPss_Anon:')) return 0;
  const kibibytes = numberBehind(rollup, '\nAnonymous:') - numberBehind(rollup, '\nPss_Anon:');
  return Math.max(0, kibibytes) * bytesPerKibibyte;
}
