import type { Detector, Finding } from '../model/finding.ts';
import type { ContainerSnapshot } from '../model/snapshot.ts';

/** The first failed pull is often the registry's hiccup; the kubelet tries again after 10 s. */
const failedPulls = 2;

/**
 * The kubelet's status often goes on unchanged over the second failed pull, which was measured 16 s after the first.
 * What still waits for its image after this time has failed twice.
 */
const secondPullMilliseconds = 20_000;

/** A container that can't start because its image can't be pulled, from the second failed pull on. */
export const imagePull: Detector = {
  name: 'image-pull',
  failureClass: 'ImagePullBackOff',
  detect: (snapshot, now) =>
    snapshot.pods.flatMap((pod) =>
      pod.containers.flatMap((container): Finding[] => {
        if (!waitsForImage(container)) return [];
        if (container.pullFailures < failedPulls && now < ripeAt(container, now)) return [];
        return [
          {
            detector: 'image-pull',
            failureClass: 'ImagePullBackOff',
            pod,
            faultAt: container.pullFailingSince ?? now,
            evidenceAt: snapshot.contactAt,
            evidence: {
              container: container.name,
              image: container.image,
              restartCount: container.restartCount,
              ...(container.waitingMessage === undefined ? {} : { message: container.waitingMessage }),
            },
            message: `The image ${container.image} of container ${container.name} of pod ${pod.name} can't be pulled.`,
          },
        ];
      }),
    ),
  ripensAt: (snapshot, now) => {
    const waiting = snapshot.pods.flatMap(({ containers }) => containers).filter(waitsForImage);
    const later = waiting.map((container) => ripeAt(container, now)).filter((at) => at > now);
    return later.length === 0 ? undefined : Math.min(...later);
  },
};

function waitsForImage({ waitingReason }: ContainerSnapshot): boolean {
  return waitingReason === 'ErrImagePull' || waitingReason === 'ImagePullBackOff';
}

function ripeAt({ pullFailingSince }: ContainerSnapshot, now: number): number {
  return (pullFailingSince ?? now) + secondPullMilliseconds;
}
