import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export type StateCheck = { readonly usable: true } | { readonly usable: false; readonly why: string };

/** The app's folder: its state, and the files by which a fault survives a restart of the container. */
export interface State {
  check(): StateCheck;
  corrupt(): void;
  /** MiB that the app wants, or undefined when it is content. */
  appetiteMib(): number | undefined;
  setAppetite(mib: number): void;
  isMarked(mark: Mark): boolean;
  mark(mark: Mark, on: boolean): void;
}

/** Each makes one of the health routes answer 503 for as long as its file is there. */
export type Mark = 'fail-liveness' | 'fail-readiness';

/** Opens the folder and writes a fresh state file when there is none. */
export function openState(directory: string): State {
  const stateFile = join(directory, 'state.json');
  const appetiteFile = join(directory, 'appetite');
  mkdirSync(directory, { recursive: true });
  if (readText(stateFile) === undefined) writeFileSync(stateFile, JSON.stringify({ version: 1, orders: [] }));

  return {
    check() {
      const text = readText(stateFile) ?? '';
      try {
        JSON.parse(text);
        return { usable: true };
      } catch (error) {
        return {
          usable: false,
          why: `state.json is corrupt: ${error instanceof Error ? error.message : String(error)}`,
        };
      }
    },
    corrupt: () => writeFileSync(stateFile, '{"version":1,"orders":[{"id":'),
    appetiteMib() {
      const text = readText(appetiteFile);
      return text === undefined ? undefined : Number(text);
    },
    setAppetite: (mib) => writeFileSync(appetiteFile, String(mib)),
    isMarked: (mark) => readText(join(directory, mark)) !== undefined,
    mark(mark, on) {
      if (on) writeFileSync(join(directory, mark), '');
      else rmSync(join(directory, mark), { force: true });
    },
  };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
