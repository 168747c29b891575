import type { AdmissionReason } from '#contract/admission.ts';
import { suspensionCovers, suspensionState, type Suspension } from '#contract/suspension.ts';

/** Why no pod is injected now, whatever the pod. */
export type Hold = Extract<AdmissionReason, 'canary-pending' | 'injection-suspended'>;

/** What the release has shown so far about one image of the agent. */
export interface ReleaseView {
  /** Whether a canary pod has been seen running it. */
  readonly proven: boolean;
  readonly suspensions: readonly Suspension[];
}

/** `trial`: may be injected if no other pod was a short while ago, in the scope of that suspension. */
export type Verdict = { readonly hold: Hold } | { readonly trial: Suspension } | 'inject';

/** Decides for a pod of a namespace that would get the image. The strictest suspension that covers it counts. */
export function judge(view: ReleaseView, image: string, namespace: string, now: number): Verdict {
  if (!view.proven) return { hold: 'canary-pending' };
  const covering = view.suspensions.filter((one) => suspensionCovers(one, image, namespace));
  if (covering.some((one) => suspensionState(one, now) === 'suspended')) return { hold: 'injection-suspended' };
  // The widest first: a trial of one namespace must not spend what is on trial everywhere.
  const trials = covering.filter((one) => suspensionState(one, now) === 'trial');
  const widest = trials.find(({ namespace: scope }) => scope === undefined) ?? trials[0];
  return widest === undefined ? 'inject' : { trial: widest };
}

/** Whether pods of any namespace may be injected. */
export function isActive(view: ReleaseView, image: string, now: number): boolean {
  const isEverywhere = (one: Suspension): boolean => one.image === image && one.namespace === undefined;
  return view.proven && !view.suspensions.some((one) => isEverywhere(one) && suspensionState(one, now) === 'suspended');
}
