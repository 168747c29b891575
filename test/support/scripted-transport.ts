import type { KubeAnswer } from '#runtime/kubernetes/answer.ts';
import type { KubeRequest, KubeTransport } from '#runtime/kubernetes/transport.ts';

/** A transport that answers as a test says and remembers what it was asked. */
export interface ScriptedTransport extends KubeTransport {
  readonly requests: readonly KubeRequest[];
}

export function scriptedTransport(answer: (request: KubeRequest) => KubeAnswer<unknown>): ScriptedTransport {
  const requests: KubeRequest[] = [];
  return {
    requests,
    request: async <Body>(request: KubeRequest): Promise<KubeAnswer<Body>> => {
      requests.push(request);
      return (await Promise.resolve(answer(request))) as KubeAnswer<Body>;
    },
    open: () => Promise.reject(new Error('this transport opens no streams')),
    close: () => undefined,
  };
}

/** A refusal by the API. */
export function refusal(status: number, reason = '', causes: readonly string[] = []): KubeAnswer<never> {
  return { ok: false, status, reason, message: `refused with ${status}`, causes };
}
