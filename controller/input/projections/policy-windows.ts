import { Cron } from 'croner';
import { defaultTimeZone, windowSchema } from '#contract/policy-ladder.ts';
import { policySpecSchema } from '#contract/policy.ts';
import type { MaintenanceWindow } from '../../model/policy.ts';
import type { ReportProblem } from './policy-problems.ts';
import { fieldsOf, integerOf, itemsOf, quoted } from './unchecked.ts';

const fiveFields = /^ *\S+(?: +\S+){4} *$/;

export interface ProjectedWindows {
  readonly windows: readonly MaintenanceWindow[];
  /** There are windows, and none of them can be read. */
  readonly closed: boolean;
}

/** The windows that can be read. One that can't is never taken for always open. */
export function projectWindows(value: unknown, report: ReportProblem): ProjectedWindows {
  if (value === undefined || value === null) return { windows: [], closed: false };
  const items = itemsOf(value, policySpecSchema.properties.maintenanceWindows);
  const windows = items.flatMap((item, index) => windowOf(item, `maintenanceWindows[${index}]`, report) ?? []);
  const none = Array.isArray(value) && value.length === 0;
  if (windows.length > 0 || none) return { windows, closed: false };
  report('InvalidSchedule', 'No maintenance window can be used, so that the policy only observes.');
  return { windows, closed: true };
}

function windowOf(item: unknown, path: string, report: ReportProblem): MaintenanceWindow | undefined {
  const { schedule, timeZone = defaultTimeZone, durationMinutes } = fieldsOf<MaintenanceWindow>(item);
  const duration = integerOf(durationMinutes, windowSchema.properties.durationMinutes);
  if (duration === undefined) {
    report('InvalidSchedule', `${path}.durationMinutes is no number of minutes that a window may last.`);
    return undefined;
  }
  if (typeof timeZone !== 'string' || !isTimeZone(timeZone)) {
    report('InvalidTimeZone', `${path}.timeZone ${quoted(timeZone)} is no IANA name such as Europe/Berlin.`);
    return undefined;
  }
  const wrong = typeof schedule === 'string' ? scheduleError(schedule, timeZone) : 'is no text';
  if (typeof schedule !== 'string' || wrong !== undefined) {
    report('InvalidSchedule', `${path}.schedule ${quoted(schedule)} ${wrong}.`);
    return undefined;
  }
  return { schedule, timeZone, durationMinutes: duration };
}

function isTimeZone(name: string): boolean {
  if (name.length > windowSchema.properties.timeZone.maxLength) return false;
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** A schedule that never opens is refused as well: looking for its next opening takes long, and would for each decision. */
function scheduleError(schedule: string, timeZone: string): string | undefined {
  if (schedule.length > windowSchema.properties.schedule.maxLength) return 'is too long';
  if (!fiveFields.test(schedule)) return 'has not the five fields minute, hour, day of month, month, day of week';
  try {
    const opening = new Cron(schedule, { timezone: timeZone, paused: true }).nextRun(new Date(0));
    return opening === null ? 'never opens' : undefined;
  } catch (error) {
    return `can not be read: ${error instanceof Error ? error.message.slice(0, 120) : 'no cron expression'}`;
  }
}
