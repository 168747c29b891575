import { Cron } from 'croner';
import { microTime } from '#contract/micro-time.ts';
import type { MaintenanceWindow } from '../model/policy.ts';
import type { Refusal } from '../model/plan.ts';
import type { RailContext } from './context.ts';

/** A policy with maintenance windows acts inside of them only; one without acts at any time. */
export function windowRail({ policy, now }: RailContext): Refusal | undefined {
  if (policy.windows.length === 0 || policy.windows.some((window) => isOpen(window, now))) return undefined;
  const openings = policy.windows.map((window) => nextOpening(window, now)).filter((at) => at !== undefined);
  const until = openings.length === 0 ? undefined : Math.min(...openings);
  return {
    skip: 'outside-window',
    message:
      until === undefined
        ? 'No maintenance window of the policy opens any more.'
        : `The next maintenance window opens at ${microTime(until)}.`,
    ...(until === undefined ? {} : { until }),
  };
}

/** Open when an opening lies at most one duration back: its start included, its end not. */
function isOpen(window: MaintenanceWindow, now: number): boolean {
  const opening = nextOpening(window, now - window.durationMinutes * 60_000);
  return opening !== undefined && opening <= now;
}

/** The first opening after a moment. The schedule is read in its own time zone, so a change to summer time moves it. */
function nextOpening({ schedule, timeZone }: MaintenanceWindow, after: number): number | undefined {
  return new Cron(schedule, { timezone: timeZone, paused: true }).nextRun(new Date(after))?.getTime();
}
