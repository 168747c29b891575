import { cacheMountRoot, maximumCacheVolumes } from '#contract/agent-settings.ts';
import type { Host } from '../host.ts';

/** Between two looks at a file system. Seconds. */
const lookSeconds = 5;

/** How full the volumes are that the agent was given, 0 to 1: the fuller of bytes and files. */
export interface VolumeWatch {
  usedRatios(): ReadonlyMap<string, number>;
  /** Doesn't wait: the file system of a server that is away may never answer. */
  look(seconds: number): void;
}

export function makeVolumeWatch(host: Pick<Host, 'fileSystem'>, names: readonly string[]): VolumeWatch {
  const volumes = [...new Set(names)].slice(0, maximumCacheVolumes);
  const ratios = new Map<string, number>();
  let lookedAt = -Infinity;
  let isBusy = false;

  const lookAtAll = async (): Promise<void> => {
    for (const volume of volumes) {
      const answer = await host.fileSystem(`${cacheMountRoot}/${volume}`);
      if ('problem' in answer) {
        ratios.delete(volume);
        continue;
      }
      const { totalBytes, availableBytes, totalFiles, availableFiles } = answer;
      ratios.set(volume, Math.max(used(totalBytes, availableBytes), used(totalFiles, availableFiles)));
    }
    isBusy = false;
  };

  return {
    usedRatios: () => ratios,
    look: (seconds) => {
      if (isBusy || volumes.length === 0 || seconds - lookedAt < lookSeconds) return;
      lookedAt = seconds;
      isBusy = true;
      void lookAtAll();
    },
  };
}

/** Some file systems count no files at all. */
function used(total: number, available: number): number {
  return total > 0 ? Math.min(1, Math.max(0, 1 - available / total)) : 0;
}
