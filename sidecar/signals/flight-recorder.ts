import { recordedSeconds, type RecordedSignal } from '#contract/recording.ts';

/** Bound of what is recorded in one pod: about 20 KiB of memory. */
const maximumChannels = 40;

/** One signal over the last two minutes, one value a second; NaN where nothing was seen. */
export interface Channel {
  readonly signal: RecordedSignal;
  readonly of: string;
  limit: number | undefined;
  /** A ring: the value of a second stands at the second modulo its length. */
  readonly values: Float32Array;
}

/** Keeps the last two minutes of all signals in rings that are allocated once for each. */
export interface FlightRecorder {
  /** Moves on to a second of the clock that doesn't jump; seconds that were left out hold nothing. */
  moveTo(second: number): void;
  /** Notes a value of this second: of several the worst. Beyond the bound a new signal is not kept. */
  note(signal: RecordedSignal, of: string, value: number | undefined, limit?: number): void;
  channels(): Iterable<Channel>;
  second(): number;
}

export function makeFlightRecorder(): FlightRecorder {
  const channels = new Map<string, Channel>();
  let now = 0;

  const channelOf = (signal: RecordedSignal, of: string): Channel | undefined => {
    const key = `${signal} ${of}`;
    const known = channels.get(key);
    if (known !== undefined || channels.size >= maximumChannels) return known;
    const channel: Channel = {
      signal,
      of,
      limit: undefined,
      values: new Float32Array(recordedSeconds).fill(Number.NaN),
    };
    channels.set(key, channel);
    return channel;
  };

  return {
    moveTo: (second) => {
      if (second <= now) return;
      const cleared = Math.min(second - now, recordedSeconds);
      for (const { values } of channels.values()) {
        for (let each = second - cleared + 1; each <= second; each += 1) values[each % recordedSeconds] = Number.NaN;
      }
      now = second;
    },
    note: (signal, of, value, limit) => {
      const channel = value === undefined ? undefined : channelOf(signal, of);
      if (value === undefined || channel === undefined) return;
      const index = now % recordedSeconds;
      channel.values[index] = worse(channel.values[index] ?? Number.NaN, value);
      channel.limit = limit;
    },
    channels: () => channels.values(),
    second: () => now,
  };
}

/** Of two values the one that says more: a failed try, which is below 0, or the higher. */
export function worse(one: number, other: number): number {
  if (Number.isNaN(one)) return other;
  if (Number.isNaN(other)) return one;
  return one < 0 || other < 0 ? Math.min(one, other) : Math.max(one, other);
}
