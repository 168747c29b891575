import type { Host } from '../host.ts';
import { numberBehind } from './process-status.ts';

const maximumFileBytes = 32_768;

/** What the node goes through. Shares are in percent of the last 10 s; undefined where the node doesn't tell. */
export interface NodePressure {
  cpu: number | undefined;
  memory: number | undefined;
  io: number | undefined;
  /** In which nothing went on for want of memory. */
  memoryStall: number | undefined;
  /** Kills for want of memory on the whole node since the agent's first look: evidence, never proof. */
  oomKills: number | undefined;
}

export interface NodeWatch {
  readonly pressure: NodePressure;
  /** Reads one file of four in turn: the kernel's own averages are over 10 s. */
  look(): Promise<void>;
  /** Reads the kills at once, for a finding that they may explain. */
  lookAtKills(): Promise<void>;
}

export function makeNodeWatch(host: Pick<Host, 'readFile'>): NodeWatch {
  const pressure: NodePressure = {
    cpu: undefined,
    memory: undefined,
    io: undefined,
    memoryStall: undefined,
    oomKills: undefined,
  };
  let killsAtFirst: number | undefined;
  let turn = 0;

  const read = async (path: string): Promise<string | undefined> => {
    const file = await host.readFile(path, maximumFileBytes);
    return 'text' in file ? file.text : undefined;
  };

  const lookAtKills = async (): Promise<void> => {
    const text = await read('/proc/vmstat');
    if (text === undefined || !text.includes('\noom_kill ')) return;
    const kills = numberBehind(text, '\noom_kill ');
    killsAtFirst ??= kills;
    pressure.oomKills = Math.max(0, kills - killsAtFirst);
  };

  const looks = [
    lookAtKills,
    async () => {
      pressure.cpu = share(await read('/proc/pressure/cpu'), 'some');
    },
    async () => {
      const text = await read('/proc/pressure/memory');
      pressure.memory = share(text, 'some');
      pressure.memoryStall = share(text, 'full');
    },
    async () => {
      pressure.io = share(await read('/proc/pressure/io'), 'some');
    },
  ] as const;

  return {
    pressure,
    look: async () => {
      turn = (turn + 1) % looks.length;
      await looks[turn]?.();
    },
    lookAtKills,
  };
}

/** The average over 10 s of a line of /proc/pressure, in percent. */
function share(text: string | undefined, line: 'some' | 'full'): number | undefined {
  const label = `${line} avg10=`;
  const at = text?.indexOf(label) ?? -1;
  const value = text === undefined || at === -1 ? Number.NaN : Number.parseFloat(text.slice(at + label.length));
  return Number.isFinite(value) ? value : undefined;
}
