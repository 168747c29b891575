import type { Notice } from '../../controller/model/notice.ts';
import type { SinkAnswer, SinkNetwork, SinkRequest } from '../../controller/model/sink.ts';

export function notice(more: Partial<Notice> = {}): Notice {
  return {
    incidentUid: 'incident-uid',
    incidentName: 'web-crash',
    kind: 'opened',
    cluster: 'test',
    namespace: 'shop',
    workload: 'Deployment/web',
    pod: 'web-abc-1',
    failureClass: 'CrashLoopBackOff',
    phase: 'Acting',
    reason: undefined,
    at: '2026-01-01T12:00:00.000000Z',
    lines: [
      { title: 'What', text: 'Deployment shop/web' },
      { title: 'Why', text: 'exit code 1' },
    ],
    ...more,
  };
}

/** A network that answers in turn and stays with the last answer; it remembers what was sent. */
export function scriptedNetwork(
  ...answers: readonly SinkAnswer[]
): SinkNetwork & { readonly sent: readonly SinkRequest[] } {
  const sent: SinkRequest[] = [];
  return {
    sent,
    send: (request) => {
      sent.push(request);
      const answer = answers[Math.min(sent.length, answers.length) - 1];
      return answer ? Promise.resolve(answer) : Promise.reject(new Error('no answer'));
    },
  };
}
