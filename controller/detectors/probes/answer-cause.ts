import type { CauseName } from '#contract/vocabulary.ts';
import type { ProbeSnapshot } from '../../model/snapshot.ts';

/** What an app's answers, or the lack of them, say about it; and the same for the middle of a sentence. */
export interface AnswerCause {
  readonly name: CauseName;
  readonly how: string;
}

const notServing: AnswerCause = { name: 'bad-status', how: 'it answers that it does not serve' };

/** By what the pod's agent saw. */
export function causeOfProbe({ failure, statusCode }: ProbeSnapshot): AnswerCause {
  if (failure === 'refused') return { name: 'refused', how: 'it accepts no connections' };
  // What a gRPC health check answers is no HTTP status.
  if (failure === 'status' && statusCode === undefined) return notServing;
  if (failure === 'status') return { name: 'bad-status', how: `it answers with status ${statusCode}` };
  if (failure === 'timeout') return { name: 'unresponsive', how: 'it does not answer in time' };
  if (failure === 'closed') return { name: 'unresponsive', how: 'it ends connections before it has answered' };
  return { name: 'unknown', how: 'how is not known' };
}

/**
 * By the text of the kubelet's `Unhealthy` event.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/v1.35.0/pkg/probe/http/request.go
 */
export function causeOfProbeText(text: string): AnswerCause {
  const [, statusCode] = /statuscode: (\d+)/.exec(text) ?? [];
  if (statusCode !== undefined) return { name: 'bad-status', how: `it answers with status ${statusCode}` };
  if (/connection refused|no route to host|dial tcp\S* [^ ]+: i\/o timeout/.test(text)) {
    return { name: 'refused', how: 'it accepts no connections' };
  }
  if (/Client\.Timeout|deadline exceeded|i\/o timeout|^\W*timeout: |: timeout: /.test(text)) {
    return { name: 'unresponsive', how: 'it does not answer in time' };
  }
  if (/service unhealthy \(responded with|health rpc failed|implement the grpc health protocol/.test(text)) {
    return notServing;
  }
  return { name: 'unknown', how: 'how is not known' };
}
