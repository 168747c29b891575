import { eat } from './eat.ts';
import type { Log } from './log.ts';
import type { State } from './state.ts';

export const faultKinds = ['corrupt-state', 'appetite', 'hang', 'fail-liveness', 'fail-readiness'] as const;
export type FaultKind = (typeof faultKinds)[number];

/** More than any pod of the demonstration or the tests may use. */
const appetiteMib = 1024;

/** Writes the files of a fault. Returns what then happens to the process, to be run once the answer is on its way. */
export function prepareFault(kind: FaultKind, state: State, log: Log): () => void {
  switch (kind) {
    case 'corrupt-state':
      state.corrupt();
      return () => exitUnlessUsable(state, log);
    case 'appetite':
      state.setAppetite(appetiteMib);
      return () => void eat(appetiteMib);
    case 'hang':
      return () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    case 'fail-liveness':
    case 'fail-readiness':
      state.mark(kind, true);
      return () => {};
  }
}

/** What a careless program does about a file that it can't read. */
export function exitUnlessUsable(state: State, log: Log): void {
  const check = state.check();
  if (check.usable) return;
  log('exit', { exitCode: 1, why: check.why });
  process.exit(1);
}
