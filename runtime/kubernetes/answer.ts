import type { IncomingHttpHeaders } from 'node:http';

/** Why the API refused, out of its Status object; an answer that is none gives an empty reason. */
export interface KubeFailure {
  readonly ok: false;
  /** HTTP status code. */
  readonly status: number;
  /** Machine reason of the Status object, such as `Conflict` or `AlreadyExists`. */
  readonly reason: string;
  readonly message: string;
  /** Reasons of `details.causes`, such as `DisruptionBudget`. */
  readonly causes: readonly string[];
  /** Their sentences, such as which budget refused an eviction; absent where there are none. */
  readonly causeMessages?: readonly string[];
  readonly retryAfterSeconds?: number;
}

export type KubeAnswer<Body> = { readonly ok: true; readonly status: number; readonly body: Body } | KubeFailure;

/** A Status object of the API, in a failed answer or as an ERROR event in a watch. */
export interface KubeStatus {
  readonly code?: number;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string }[];
  };
}

/** Reads a refusal; a body that is not JSON is kept, shortened, as its message. */
export function failedAnswer(status: number, headers: IncomingHttpHeaders, text: string): KubeFailure {
  const parsed = parseStatus(text);
  const retryAfterSeconds = retryAfterOf(headers['retry-after']) ?? parsed?.details?.retryAfterSeconds;
  const causes = parsed?.details?.causes ?? [];
  const causeMessages = causes.flatMap(({ message }) => (message === undefined ? [] : [message]));
  return {
    ok: false,
    status,
    reason: parsed?.reason ?? '',
    message: parsed?.message ?? text.slice(0, 300),
    causes: causes.flatMap(({ reason }) => (reason === undefined ? [] : [reason])),
    ...(causeMessages.length === 0 ? {} : { causeMessages }),
    ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
  };
}

function parseStatus(text: string): KubeStatus | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function retryAfterOf(header: string | undefined): number | undefined {
  const seconds = Number(header);
  return header !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}
