import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '#runtime/logger.ts';
import { badRequestStatuses } from '#runtime/metric-table.ts';
import type { Metrics } from '#runtime/metrics.ts';
import { admit, unchanged, type AdmissionContext } from './admit.ts';
import { makeBodyRoom, readBody, uidOfHead, type BodyResult, type ReviewBody } from './body.ts';
import { makeJournal, type Reviewed } from './journal.ts';
import { asciiJson, parseReview, renderResponse, type AdmissionOutcome, type AdmissionRequest } from './review.ts';

export interface MutateLimits {
  /** A review carries an object of up to 3 MiB, JSON-escaped and with its old version; etcd bounds it at about 7. */
  readonly maximumBodyBytes: number;
  /** Of all bodies that are being received together. Memory for many large ones would end the process instead. */
  readonly maximumHeldBytes: number;
  /** Requests under way beyond which the rest is answered without a look at the pod. */
  readonly maximumInFlight: number;
  /** Age of a request after which its pod is not looked at any more, so that the answer still comes in time. */
  readonly lateMilliseconds: number;
}

const defaultLimits: MutateLimits = {
  maximumBodyBytes: 8 * 1_048_576,
  maximumHeldBytes: 32 * 1_048_576,
  maximumInFlight: 512,
  lateMilliseconds: 1_500,
};

export interface MutateParts {
  /** Read anew at each request: a plain look into memory, never I/O. */
  readonly context: () => AdmissionContext;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** True once the process is about to end: callers are told to connect elsewhere. */
  readonly draining?: () => boolean;
  readonly limits?: Partial<MutateLimits>;
}

/** What the caller did wrong, as it is told. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
}

/** Answers requests whose body should be an AdmissionReview. */
export interface Mutate {
  /** Takes over both: reads the body and answers, and never throws. It fails open: only a body that is no review gets an error. */
  answer(request: IncomingMessage, response: ServerResponse): void;
  /** Answers with an error, logged and counted. */
  refuse(response: ServerResponse, refusal: Refusal, cause?: unknown): void;
}

/** Reading, deciding and answering by Node's own objects: a framework's would cost more than the decision. */
export function makeMutate(parts: MutateParts): Mutate {
  const { context, log, metrics, draining = () => false } = parts;
  const limits = { ...defaultLimits, ...parts.limits };
  const room = makeBodyRoom(limits.maximumHeldBytes);
  const journal = makeJournal({ log, metrics });
  let inFlight = 0;

  const refuse: Mutate['refuse'] = (response, { status, message }, cause) => {
    const known = badRequestStatuses.find((candidate) => candidate === String(status));
    metrics.increment('autopilot_admission_bad_requests_total', { status: known ?? 'other' });
    log.warn({ status, problem: message, err: cause }, 'request refused');
    // What is left of a body that is too large is not read, so nothing else can follow on this connection.
    if (status === 413) response.setHeader('connection', 'close');
    sendJson(response, status, asciiJson({ error: message }));
  };

  const review = (body: ReviewBody, startedAt: number): Reviewed | Refusal => {
    if ('head' in body) {
      const uid = uidOfHead(body.head);
      if (uid === undefined) return { status: 429, message: 'too many requests' };
      return { request: { uid }, outcome: unchanged('overloaded') };
    }
    const json = parseJson(body.whole);
    if ('status' in json) return json;
    const parsed = parseReview(json.value);
    if ('problem' in parsed) return { status: 400, message: parsed.problem };
    const isLate = performance.now() - startedAt > limits.lateMilliseconds;
    const outcome = isLate ? unchanged('overloaded') : admitOpenly(parsed.request, context, log);
    return { request: parsed.request, outcome };
  };

  /** Returns what it answered with, if that was a review. */
  const reply = (response: ServerResponse, result: BodyResult, startedAt: number): Reviewed | undefined => {
    try {
      const found = 'problem' in result ? bodyRefusals[result.problem] : review(result, startedAt);
      if ('status' in found) {
        refuse(response, found);
        return undefined;
      }
      sendJson(response, 200, renderResponse(found.request.uid, found.outcome));
      return found;
    } catch (cause) {
      refuse(response, { status: 500, message: 'the review could not be answered' }, cause);
      return undefined;
    }
  };

  return {
    refuse,
    answer: (request, response) => {
      const startedAt = performance.now();
      let reviewed: Reviewed | undefined;
      inFlight += 1;
      // Comes once, after the answer as well as after a client that went away before it.
      response.on('close', () => {
        inFlight -= 1;
        journal.add({ seconds: (performance.now() - startedAt) / 1000, reviewed });
      });
      if (draining()) response.setHeader('connection', 'close');
      const { maximumBodyBytes: maximumBytes } = limits;
      const declared = Number(request.headers['content-length'] ?? 0);
      if (declared > maximumBytes) return refuse(response, bodyRefusals['too-large']);
      const headOnly = inFlight > limits.maximumInFlight;
      return readBody(request, { maximumBytes, room, headOnly }, (result) => {
        reviewed = reply(response, result, startedAt);
      });
    },
  };
}

const bodyRefusals = {
  broken: { status: 400, message: 'the body ended early' },
  'too-large': { status: 413, message: 'the body is too large' },
} as const;

/** A pod may have keys such as __proto__ or constructor: they stay plain data, since nothing here merges objects. */
function parseJson(bytes: Buffer): { readonly value: unknown } | Refusal {
  if (bytes.length === 0) return { status: 400, message: 'the body is empty' };
  try {
    return { value: JSON.parse(bytes.toString('utf8')) };
  } catch {
    return { status: 400, message: 'the body is not JSON' };
  }
}

/** Whatever goes wrong inside, the pod goes through unchanged and is counted. */
function admitOpenly(request: AdmissionRequest, context: MutateParts['context'], log: Logger): AdmissionOutcome {
  try {
    return admit(request, context());
  } catch (cause) {
    log.error({ err: cause, uid: request.uid }, 'admission failed');
    return unchanged('internal-error');
  }
}

/** ASCII alone, so its length is its bytes and it needs no encoding. */
function sendJson(response: ServerResponse, status: number, json: string): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'content-length': json.length });
  response.end(json, 'latin1');
}
