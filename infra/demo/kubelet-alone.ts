/** The kubelet restarts a crashed container at once, then after these waits, the last one for ever, without jitter. */
const backoffSeconds = [0, 10, 20, 40, 80, 160, 300] as const;
const longestBackoffSeconds = 300;

/** A person hears of it when the stock alert KubePodCrashLooping has held for 15 min and one evaluation. */
const alertMinutes = 16;

export interface KubeletAlone {
  /** Restarts that it would have made by now, each into the same broken pod. */
  readonly restarts: number;
  /** Seconds after the fault at which the next one would come. */
  readonly nextRestartSeconds: number;
}

/**
 * What the kubelet would have done by itself so many seconds after a container began to die at its start.
 *
 * @see https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
 */
export function kubeletAlone(elapsedSeconds: number): KubeletAlone {
  let restarts = 0;
  let atSeconds = 0;
  while (atSeconds <= elapsedSeconds) {
    restarts += 1;
    atSeconds += backoffSeconds[restarts] ?? longestBackoffSeconds;
  }
  return { restarts, nextRestartSeconds: atSeconds };
}

/** One cell of the closing table. */
export function describeKubeletAlone(elapsedSeconds: number, brokenFile: string): string {
  const { restarts, nextRestartSeconds } = kubeletAlone(elapsedSeconds);
  return `still down, restart #${restarts + 1} due at ${nextRestartSeconds} s into the same ${brokenFile}`;
}

/** What the closing table leaves out because it is the same in each row. */
export const kubeletAloneNote =
  `Alone, the kubelet goes on restarting into the same pod after ${backoffSeconds.slice(1, 4).join(', ')} … ${longestBackoffSeconds} s; ` +
  `the stock alert calls a person after about ${alertMinutes} min.`;
