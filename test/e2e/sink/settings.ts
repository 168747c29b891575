export interface SinkSettings {
  readonly port: number;
}

export function readSinkSettings(environment: NodeJS.ProcessEnv = process.env): SinkSettings {
  return { port: Number(environment['SINK_PORT'] || 8080) };
}
