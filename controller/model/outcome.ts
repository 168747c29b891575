import type { RefusalReason } from '#contract/vocabulary.ts';

/** What became of an action. What may be repeated as it is (no answer, overload) is an exception instead. */
export type Outcome =
  | { readonly result: 'done'; readonly sentAt: number; readonly message?: string }
  | {
      readonly result: 'refused';
      readonly reason: Extract<
        RefusalReason,
        | 'pod-changed'
        | 'target-changed'
        | 'eviction-blocked'
        | 'two-budgets'
        | 'terminating'
        | 'paused'
        | 'not-leading'
        | 'agent-unavailable'
        | 'change-reverted'
      >;
      readonly message: string;
    }
  | { readonly result: 'failed'; readonly message: string };
