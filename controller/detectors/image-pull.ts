import type { Detector, Finding } from '../model/finding.ts';

/** The first failed pull is often the registry's hiccup; the kubelet tries again after 10 s. */
const failedPulls = 2;

/** A container that can't start because its image can't be pulled, from the second failed pull on. */
export const imagePull: Detector = {
  name: 'image-pull',
  failureClass: 'ImagePullBackOff',
  detect: (snapshot, now) =>
    snapshot.pods.flatMap((pod) =>
      pod.containers.flatMap((container): Finding[] => {
        const waits = container.waitingReason === 'ErrImagePull' || container.waitingReason === 'ImagePullBackOff';
        if (!waits || container.pullFailures < failedPulls) return [];
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
};
