import type { CauseName } from '#contract/vocabulary.ts';
import type { Cause, Detector, Finding } from '../model/finding.ts';
import type { ContainerSnapshot, PodSnapshot, WorkloadSnapshot } from '../model/snapshot.ts';
import { livePods } from './evidence/live-pods.ts';
import { podFinding } from './evidence/pod-finding.ts';
import { quote } from './evidence/quote.ts';
import { soonest } from './evidence/soonest.ts';
import { warnings } from './evidence/warnings.ts';

/** The first failed pull is often the registry's hiccup; the kubelet tries again after 10 s. */
const failedPulls = 2;

/**
 * The kubelet's status often goes on unchanged over the second failed pull, which was measured 16 s after the first.
 * What still waits for its image after this time has failed twice.
 */
const secondPullMilliseconds = 20_000;

/**
 * The kubelet's words for a pull that failed.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/v1.35.0/pkg/kubelet/images/types.go
 */
const failedReasons = [
  'ErrImagePull',
  'ImagePullBackOff',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
];

/** No second try can change these: nothing is pulled at all. */
const hopeless: Readonly<Record<string, string>> = {
  ErrImageNeverPull: 'is not on the node, and its pull policy forbids to pull it',
  InvalidImageName: 'is not a valid name of an image',
};

/**
 * Texts of containerd, CRI-O and Docker, in the order in which they are asked: a registry that limits or refuses often
 * adds that there is no such image, so that nobody can find out what there is.
 */
const texts: readonly { readonly pattern: RegExp; readonly name: CauseName; readonly how: string }[] = [
  {
    pattern: /too ?many ?requests|rate limit|status(?: code)?:? 429/i,
    name: 'registry-rate-limited',
    how: 'the registry answers that too much was asked of it',
  },
  {
    pattern:
      /unauthorized|denied|forbidden|authentication required|authorization failed|insufficient_scope|no basic auth/i,
    name: 'image-unauthorised',
    how: 'the registry refuses the credentials, or there are none',
  },
  {
    pattern: /no match for platform|no matching manifest/i,
    name: 'image-unusable',
    how: 'there is none for the node’s platform',
  },
  {
    pattern: /manifest unknown|name unknown|not found|does not exist|no such image/i,
    name: 'image-not-found',
    how: 'the registry has no such image or tag',
  },
  {
    pattern:
      /no such host|name resolution|server misbehaving|i\/o timeout|connection (?:refused|reset|timed out)|unreachable|no route to host|TLS handshake timeout|deadline exceeded|request canceled|Client\.Timeout|EOF|service unavailable|bad gateway|gateway time-?out|internal server error|pinging container registry/i,
    name: 'registry-unreachable',
    how: 'the registry does not answer',
  },
];

/** A container that can't start because its image can't be pulled, from the second failed pull on. */
export const imagePull: Detector = {
  name: 'image-pull',
  failureClass: 'ImagePullBackOff',
  description:
    'The image of a container can not be pulled: from the second failed pull on, and at once where its name is invalid or it may not be pulled.',
  detect: (snapshot, now) =>
    livePods(snapshot).flatMap((pod) =>
      pod.containers.filter(waitsForImage).flatMap((container): Finding[] => {
        if (container.pullFailures < failedPulls && now < ripeAt(container, now)) return [];
        return [
          podFinding(imagePull, pod, {
            container,
            faultAt: failingSince(container) ?? now,
            evidenceAt: snapshot.contactAt,
            cause: causeOf(snapshot, pod, container),
            seen: container.waitingMessage === undefined ? {} : { message: container.waitingMessage },
            message: `The image ${container.image} of container ${container.name} of pod ${pod.name} can't be pulled.`,
          }),
        ];
      }),
    ),
  ripensAt: (snapshot, now) =>
    soonest(
      livePods(snapshot)
        .flatMap(({ containers }) => containers)
        .filter((container) => waitsForImage(container) && container.pullFailures < failedPulls)
        .map((container) => ripeAt(container, now)),
      now,
    ),
};

function waitsForImage({ state, waitingReason = '' }: ContainerSnapshot): boolean {
  return state === 'waiting' && (failedReasons.includes(waitingReason) || waitingReason in hopeless);
}

function failingSince({ pullFailingSince, waitingSince }: ContainerSnapshot): number | undefined {
  return pullFailingSince ?? waitingSince;
}

function ripeAt(container: ContainerSnapshot, now: number): number {
  if (container.waitingReason !== undefined && container.waitingReason in hopeless) return now;
  return (failingSince(container) ?? now) + secondPullMilliseconds;
}

function causeOf(snapshot: WorkloadSnapshot, pod: PodSnapshot, container: ContainerSnapshot): Cause {
  const { image, waitingReason = '', waitingMessage = '' } = container;
  const never = hopeless[waitingReason];
  if (never !== undefined) return { name: 'image-unusable', message: `${image} ${never}.` };
  if (waitingReason === 'RegistryUnavailable') {
    return { name: 'registry-unreachable', message: `${image}: the registry does not answer.` };
  }
  // Between two pulls the status of older kubelets says only that there is a back-off.
  const told = warnings(snapshot, pod.uid, ['Failed'])
    .map(({ message }) => message)
    .filter((message) => message.includes(`"${image}"`));
  for (const text of [waitingMessage, ...told]) {
    const spoken = withoutNames(text, image);
    const known = texts.find(({ pattern }) => pattern.test(spoken));
    if (known) return { name: known.name, message: `${image}: ${known.how}.` };
  }
  const said = quote(told[0] ?? waitingMessage);
  return { name: 'image-unusable', message: `${image} can not be pulled${said === '' ? '' : `: ${said}`}.` };
}

/** What is left of a message without references and addresses, which may have any words in them. */
function withoutNames(text: string, image: string): string {
  const repository = image.replace(/@.*$/, '').replace(/:[^/:]*$/, '');
  return text
    .replaceAll(/"[^"\s]*"|[a-z]+:\/\/\S+|\bmanifest \S+ in \S+/g, ' ')
    .replaceAll(image, ' ')
    .replaceAll(repository, ' ');
}
