/** What the agent's own metrics say about its signals; undefined where it sees nothing. */
export interface SignalFigures {
  /** The highest of the containers, 0 to 1. */
  readonly memoryUsedRatio: number | undefined;
  readonly openFilesUsedRatio: number | undefined;
  readonly zombies: number | undefined;
  readonly forecasts: number;
  readonly vanished: number;
}
