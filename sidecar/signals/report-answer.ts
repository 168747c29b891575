import type { AnsweredContainer, ReportAnswer } from '#contract/report-answer.ts';
import { maximumContainers } from '#contract/report.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** Reads the answer to a report; undefined where it is none, as an older controller's. What is not understood is left out. */
export function parseReportAnswer(text: string): ReportAnswer | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const containers = isObject(parsed) ? parsed['containers'] : undefined;
  if (!isObject(parsed) || !Array.isArray(containers)) return undefined;
  return {
    containers: containers.slice(0, maximumContainers).flatMap((each) => (isObject(each) ? containerOf(each) : [])),
    ...(parsed['wantsRecorder'] === true ? { wantsRecorder: true } : {}),
  };
}

function containerOf({ name, id, memoryLimitBytes }: JsonObject): readonly AnsweredContainer[] {
  if (typeof name !== 'string' || name === '' || name.length > 253) return [];
  const isLimit = typeof memoryLimitBytes === 'number' && Number.isFinite(memoryLimitBytes) && memoryLimitBytes > 0;
  return [
    {
      name,
      ...(typeof id === 'string' && /^[0-9a-f]{32,64}$/.test(id) ? { id } : {}),
      ...(isLimit ? { memoryLimitBytes } : {}),
    },
  ];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
