import { risingFloor } from './rising-floor.ts';
import { makeSeries, type Series } from './series.ts';

/** The last minute second by second, and the last ten by tens: a slow leak under long teeth shows only there. */
const finePoints = 64;
const coarsePoints = 60;
const coarseSeconds = 10;

/** An app's releases are remembered this long, once or twice. Seconds. */
const epochSeconds = 300;

/** Above what the app has released before by this factor a rise is none of its usual teeth. */
const unusualRatio = 1.25;

/** Share of the limit that is left when the kernel has taken its part: page tables, stacks, buffers of sockets. */
const usableRatio = 0.98;

/** By how much the slope from the least to the newest may understate a rise that has just begun. */
const roughness = 4;

/**
 * A rise may still level off, so it is believed as late as it can be: so many seconds before the limit at its pace, or
 * from a share of the limit on when the pace is slow and has been seen for longer. Ratios are shares of the limit.
 */
interface Sight {
  readonly withinSeconds: number;
  readonly fromRatio: number;
  /** Less tells nothing: noise rises as well. */
  readonly leastRiseRatio: number;
  readonly leastPoints: number;
}
const soon: Sight = { withinSeconds: 8, fromRatio: 0, leastRiseRatio: 0.1, leastPoints: 12 };
const near: Sight = { withinSeconds: 120, fromRatio: 0.95, leastRiseRatio: 0.05, leastPoints: 24 };

export interface Foresight {
  readonly secondsLeft: number;
  /** 0 to 1. */
  readonly confidence: number;
}

/** Learns how one container's memory goes, and foresees when it meets the limit. Allocates nothing after its start. */
export interface MemoryTrend {
  add(seconds: number, bytes: number): void;
  /** Undefined where the limit is not in sight. */
  foresee(limitBytes: number): Foresight | undefined;
}

export function makeMemoryTrend(): MemoryTrend {
  const fine = makeSeries(finePoints, 0);
  const coarse = makeSeries(coarsePoints, coarseSeconds);
  let used = 0;
  let peak = 0;
  let epochAt: number | undefined;
  let released = 0;
  let releasedBefore = 0;

  return {
    add: (seconds, bytes) => {
      epochAt ??= seconds;
      if (seconds - epochAt >= epochSeconds) {
        releasedBefore = released;
        released = 0;
        peak = bytes;
        epochAt = seconds;
      }
      peak = Math.max(peak, bytes);
      released = Math.max(released, peak - bytes);
      used = bytes;
      fine.add(seconds, bytes);
      coarse.add(seconds, bytes);
    },
    foresee: (limitBytes) => {
      const teeth = Math.max(released, releasedBefore);
      // Counted more than once, as memory that processes share is: of such a container nothing is foretold.
      if (used >= limitBytes) return undefined;
      return surer(foreseenIn(fine, teeth, limitBytes), foreseenIn(coarse, teeth, limitBytes));
    },
  };
}

/** The soon one is looked for first: it is the one that nothing else can wait for. */
function foreseenIn(series: Series, teeth: number, limitBytes: number): Foresight | undefined {
  return inSight(series, teeth, limitBytes, soon) ?? inSight(series, teeth, limitBytes, near);
}

function inSight(series: Series, teeth: number, limitBytes: number, sight: Sight): Foresight | undefined {
  const usableBytes = usableRatio * limitBytes;
  const rising = risingFloor(series, {
    leastRise: Math.max(unusualRatio * teeth, sight.leastRiseRatio * limitBytes),
    leastPoints: sight.leastPoints,
    isOfInterest: (high, roughSlope) =>
      high >= sight.fromRatio * limitBytes && usableBytes - high <= sight.withinSeconds * roughness * roughSlope,
  });
  if (rising === undefined || rising.slope <= 0) return undefined;
  const secondsLeft = Math.max(0, usableBytes - rising.high) / rising.slope;
  return secondsLeft <= sight.withinSeconds ? { secondsLeft, confidence: rising.confidence } : undefined;
}

function surer(one: Foresight | undefined, other: Foresight | undefined): Foresight | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return other.confidence > one.confidence ? other : one;
}
