import type { HealthAnswer, HealthQuestion } from '../../sidecar/grpc/check-health.ts';
import type { Host, SignalAnswer } from '../../sidecar/host.ts';

/** A host as its contract's tests see it: in this process or in one of its own. */
export type TestedHost = Pick<
  Host,
  'request' | 'connect' | 'post' | 'poll' | 'readFile' | 'listFolder' | 'fileSystem' | 'emptyFolder'
> & {
  readonly processId: number;
  /** What `converse` is there for, since a function can't be handed to another process. */
  checkHealth(question: HealthQuestion): Promise<HealthAnswer>;
  signal(...args: Parameters<Host['signal']>): Promise<SignalAnswer>;
};

/** Gives the host under test; the same one for all tests of a file. */
export type GetHost = () => TestedHost;
