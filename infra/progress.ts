import { Listr, PRESET_TIMER } from 'listr2';

/** Tells a person what is going on. `note` replaces the last thing said within the running step. */
export interface Progress {
  step<Result>(title: string, work: (note: (text: string) => void) => Promise<Result>): Promise<Result>;
  say(line: string): void;
}

/** On a plain stream a long step says where it is this often. */
const plainNoteMilliseconds = 15_000;

/** A spinner with the elapsed time on a terminal, one line at start and end of each step elsewhere. */
export function makeProgress(out: NodeJS.WriteStream): Progress {
  return out.isTTY ? terminalProgress(out) : plainProgress(out);
}

function terminalProgress(out: NodeJS.WriteStream): Progress {
  return {
    async step<Result>(title: string, work: (note: (text: string) => void) => Promise<Result>): Promise<Result> {
      const results: Result[] = [];
      await new Listr(
        [
          {
            title,
            task: async (_context, task) => {
              results.push(await work((text) => void (task.output = text)));
            },
          },
        ],
        { rendererOptions: { timer: PRESET_TIMER, showErrorMessage: false, collapseErrors: false } },
      ).run();
      return results[0] as Result;
    },
    say: (line) => void out.write(`${line}\n`),
  };
}

function plainProgress(out: NodeJS.WriteStream): Progress {
  return {
    async step(title, work) {
      const start = performance.now();
      const elapsed = (): string => `${((performance.now() - start) / 1000).toFixed(1)} s`;
      let lastNote = start;
      out.write(`… ${title}\n`);
      try {
        const result = await work((text) => {
          if (performance.now() - lastNote < plainNoteMilliseconds) return;
          lastNote = performance.now();
          out.write(`    ${text} (${elapsed()})\n`);
        });
        out.write(`✓ ${title} (${elapsed()})\n`);
        return result;
      } catch (error) {
        out.write(`✗ ${title} (${elapsed()})\n`);
        throw error;
      }
    },
    say: (line) => void out.write(`${line}\n`),
  };
}
