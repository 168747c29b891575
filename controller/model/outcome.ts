import type { RefusalReason } from '#contract/vocabulary.ts';

/** What became of an action. What may be repeated as it is (no answer, overload) is an exception instead. */
export type Outcome =
  | { readonly result: 'done'; readonly sentAt: number }
  | {
      readonly result: 'refused';
      readonly reason: Extract<RefusalReason, 'pod-changed' | 'eviction-blocked' | 'terminating'>;
      readonly message: string;
    }
  | { readonly result: 'failed'; readonly message: string };
