import type { KubeFailure } from './answer.ts';
import type { KubeObject } from './object.ts';
import type { KubeTransport } from './transport.ts';

/**
 * Each page is projected before the next is asked for. So few objects are garbage again before the collector takes them
 * for lasting: pages of 500 pods cost half as much memory again at the peak, and no less CPU.
 */
const pageLimit = 100;

const listTimeoutMilliseconds = 30_000;

interface ListBody {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
  readonly items?: readonly KubeObject[];
}

export type ListOutcome =
  { readonly ok: true; readonly resourceVersion: string } | { readonly ok: false; readonly failure: KubeFailure };

/** What to list and watch: a collection's path, and whether the metadata of its objects is enough. */
export interface Collection {
  readonly path: string;
  readonly metadataOnly: boolean;
  /** What the server leaves out of lists and watches alike, such as `type=Warning`. */
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

export function selectorsOf({ fieldSelector, labelSelector }: Collection): Readonly<Record<string, string>> {
  return {
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
    ...(labelSelector === undefined ? {} : { labelSelector }),
  };
}

/** The API names the metadata of one object (in a watch) and of a list of them differently. */
export function acceptOf(
  { metadataOnly }: Collection,
  kind: 'PartialObjectMetadata' | 'PartialObjectMetadataList',
): string {
  return metadataOnly ? `application/json;as=${kind};g=meta.k8s.io;v=v1` : 'application/json';
}

/**
 * Lists a collection consistently, page by page, handing each object on as it comes.
 * A 410 in mid-list (the continue token expired) is a failure: the caller starts over.
 *
 * @throws AutopilotError AP_KUBERNETES_REQUEST when a page had no usable answer.
 */
export async function listAll(
  transport: KubeTransport,
  collection: Collection,
  signal: AbortSignal,
  onObject: (object: KubeObject) => void,
): Promise<ListOutcome> {
  let token = '';
  for (;;) {
    const answer = await transport.request<ListBody>({
      method: 'GET',
      path: collection.path,
      accept: acceptOf(collection, 'PartialObjectMetadataList'),
      query: { ...selectorsOf(collection), limit: pageLimit, ...(token === '' ? {} : { continue: token }) },
      signal,
      timeoutMilliseconds: listTimeoutMilliseconds,
    });
    if (!answer.ok) return { ok: false, failure: answer };
    for (const item of answer.body.items ?? []) onObject(item);
    token = answer.body.metadata?.continue ?? '';
    if (token === '') return { ok: true, resourceVersion: answer.body.metadata?.resourceVersion ?? '' };
  }
}
