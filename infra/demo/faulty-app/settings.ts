export interface FaultyAppSettings {
  /** `serve` answers HTTP until told to break; `job` works for a while and ends. */
  readonly mode: 'serve' | 'job';
  readonly port: number;
  /** Port of gRPC's health service; undefined where the app has none. */
  readonly grpcPort: number | undefined;
  /** An emptyDir, so that a broken file outlives the container and not the pod. */
  readonly stateDirectory: string;
  readonly jobSeconds: number;
  readonly jobExitCode: number;
  /** MiB that it takes at each start, whatever its state says. */
  readonly neededMib: number;
  /** Written into the log at the start, as careless programs do; nothing unless it is set. */
  readonly password: string | undefined;
}

export function readFaultyAppSettings(environment: NodeJS.ProcessEnv = process.env): FaultyAppSettings {
  return {
    mode: environment['FAULTY_APP_MODE'] === 'job' ? 'job' : 'serve',
    port: Number(environment['FAULTY_APP_PORT'] || 8080),
    grpcPort: Number(environment['FAULTY_APP_GRPC_PORT'] || 0) || undefined,
    stateDirectory: environment['FAULTY_APP_STATE_DIRECTORY'] || '/var/lib/app',
    jobSeconds: Number(environment['FAULTY_APP_JOB_SECONDS'] || 3),
    jobExitCode: Number(environment['FAULTY_APP_JOB_EXIT_CODE'] || 0),
    neededMib: Number(environment['FAULTY_APP_NEEDED_MIB'] || 0),
    password: environment['FAULTY_APP_PASSWORD'] || undefined,
  };
}
