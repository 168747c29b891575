import { admissionReasons, type AdmissionReason } from '#contract/admission.ts';
import type { OverrideProblem } from '#contract/admission-override.ts';
import { isObject, objectAt, stringAt, type JsonObject } from '#contract/json.ts';
import type { PatchOperation } from './patch.ts';

const reviewVersion = 'admission.k8s.io/v1';

/** The part of an AdmissionReview's request that decides about injection. */
export interface AdmissionRequest {
  readonly uid: string;
  /** True for `v1/Pod` without a subresource. */
  readonly isPod: boolean;
  readonly operation: string;
  /** Filled from the request: a pod's own metadata.namespace may be empty. */
  readonly namespace: string;
  readonly name: string;
  readonly dryRun: boolean;
  readonly object: JsonObject | undefined;
}

export type ParsedReview = { readonly request: AdmissionRequest } | { readonly problem: string };

/** Reads a request body; a problem is the caller's fault (400), as only the API server talks to us. */
export function parseReview(body: unknown): ParsedReview {
  if (!isObject(body)) return { problem: 'the body is not a JSON object' };
  if (body['apiVersion'] !== reviewVersion) return { problem: `apiVersion must be ${reviewVersion}` };
  if (body['kind'] !== 'AdmissionReview') return { problem: 'kind must be AdmissionReview' };
  const request = body['request'];
  if (!isObject(request)) return { problem: 'request is missing' };
  const uid = stringAt(request, 'uid');
  if (uid === undefined || uid === '') return { problem: 'request.uid is missing' };
  const kind = objectAt(request, 'kind');
  const object = request['object'];
  return {
    request: {
      uid,
      isPod:
        stringAt(kind, 'kind') === 'Pod' &&
        (stringAt(kind, 'group') ?? '') === '' &&
        stringAt(kind, 'version') === 'v1' &&
        (stringAt(request, 'subResource') ?? '') === '',
      operation: stringAt(request, 'operation') ?? '',
      namespace: stringAt(request, 'namespace') ?? '',
      name: nameOf(request, object),
      dryRun: request['dryRun'] === true,
      object: isObject(object) ? object : undefined,
    },
  };
}

/** A pod made by a controller has no name yet when it is admitted, only a prefix. */
function nameOf(request: JsonObject, object: unknown): string {
  const metadata = isObject(object) ? objectAt(object, 'metadata') : {};
  return stringAt(request, 'name') || stringAt(metadata, 'name') || stringAt(metadata, 'generateName') || '';
}

export interface AdmissionOutcome {
  readonly reason: AdmissionReason;
  readonly patch: readonly PatchOperation[];
  readonly warnings: readonly string[];
  /** Where an AdmissionOverride names the pod's controller: the one that changed the pod, and why others, or parts of it, did not. */
  readonly override?: { readonly name?: string; readonly problems: readonly OverrideProblem[] };
}

/** The reason and its sentence, as they go into the API server's audit log. */
const auditTexts = Object.fromEntries(
  Object.entries(admissionReasons).map(([reason, message]) => [reason, asciiJson({ reason, message })]),
) as Readonly<Record<AdmissionReason, string>>;

/** JSON with every character beyond ASCII escaped. */
export function asciiJson(value: unknown): string {
  const json = JSON.stringify(value);
  // Nearly always there is none.
  if (!/[\u0080-\uffff]/.test(json)) return json;
  return json.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/**
 * The AdmissionReview to answer with, as JSON in ASCII. The pod is always allowed: this webhook adds, it never judges.
 * Written by hand, since a patch in base64 needs no look for characters to escape, and it is nearly all of the answer.
 */
export function renderResponse(uid: string, outcome: AdmissionOutcome): string {
  const { reason, patch, warnings, override } = outcome;
  const warned = warnings.length > 0 ? `,"warnings":${asciiJson(warnings)}` : '';
  const encoded = patch.length > 0 ? Buffer.from(JSON.stringify(patch)).toString('base64') : '';
  const patched = patch.length > 0 ? `,"patchType":"JSONPatch","patch":"${encoded}"` : '';
  const audit =
    override?.name === undefined
      ? auditTexts[reason]
      : asciiJson({ reason, message: admissionReasons[reason], override: override.name });
  const response = `{"uid":${asciiJson(uid)},"allowed":true,"auditAnnotations":${audit}${warned}${patched}}`;
  return `{"apiVersion":"${reviewVersion}","kind":"AdmissionReview","response":${response}}`;
}
