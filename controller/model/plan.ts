import type { FailureClass, HandlerName, RefusalReason } from '#contract/vocabulary.ts';
import type { Action } from './action.ts';
import type { Finding } from './finding.ts';
import type { WorkloadSnapshot } from './snapshot.ts';

/** Why not, or not now. `until` is when asking again makes sense, in milliseconds since the epoch. */
export interface Refusal {
  readonly skip: RefusalReason;
  readonly message: string;
  readonly until?: number;
}

/** Actions are done in order, and a later one only after the one before it. */
export type Plan =
  | { readonly act: readonly [Action, ...Action[]]; readonly message: string }
  /** A person is what this remedy asks for. */
  | { readonly escalate: string }
  | Refusal;

/** JSON Schema of a handler's settings: an object of bounded scalars with defaults. */
export interface SettingsSchema {
  readonly type: 'object';
  readonly additionalProperties: false;
  readonly properties: Readonly<
    Record<
      string,
      {
        readonly type: 'integer' | 'number' | 'boolean' | 'string';
        readonly description: string;
        readonly default: number | boolean | string;
        readonly minimum?: number;
        readonly maximum?: number;
        readonly enum?: readonly string[];
      }
    >
  >;
}

/** A step's settings, checked against the handler's schema and with its defaults filled in. */
export type HandlerSettings = Readonly<Record<string, number | boolean | string>>;

/** Plans a remedy. Pure: it proposes, the engine decides and the executor acts. */
export interface Handler {
  readonly name: HandlerName;
  /** What it does, in a sentence for the reference page. */
  readonly description: string;
  /** Classes for which it makes sense in a ladder; a policy that names it for another gets a condition. */
  readonly failureClasses: readonly FailureClass[];
  readonly settings: SettingsSchema;
  /**
   * Handlers get `now` for expiries. A refusal `not-applicable` or `agent-unavailable` makes the ladder go on to
   * its next step at once; one with `until` is waited for.
   */
  plan(finding: Finding, snapshot: WorkloadSnapshot, settings: HandlerSettings, now: number): Plan;
}
