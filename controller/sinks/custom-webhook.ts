import { Webhook } from 'standardwebhooks';
import type { Notice } from '../model/notice.ts';
import type { Delivery, Sink } from '../model/sink.ts';

/**
 * Any HTTP endpoint: a CloudEvent in structured mode, signed as Standard Webhooks says. The id is the same on each
 * retry, so that a receiver can tell them. @see https://www.standardwebhooks.com @see https://cloudevents.io
 */
export function customWebhookSink(url: string, secret: string): Sink {
  const signer = new Webhook(secret);
  return {
    name: 'custom-webhook',
    paceMilliseconds: 100,
    deliver: async (notice, network, now): Promise<Delivery> => {
      const event = cloudEvent(notice);
      const body = JSON.stringify(event);
      const sentAt = new Date(now);
      const answer = await network.send({
        method: 'POST',
        url,
        headers: {
          'content-type': 'application/cloudevents+json',
          'webhook-id': event.id,
          'webhook-timestamp': String(Math.floor(now / 1000)),
          'webhook-signature': signer.sign(event.id, sentAt, body),
        },
        body,
      });
      const { status, retryAfterSeconds } = answer;
      if (status >= 200 && status < 300) return { result: 'delivered' };
      const why = `status ${status}`;
      if (status === 410) return { result: 'gone', why };
      if (status !== 429 && status < 500) return { result: 'refused', why };
      return { result: 'retry', why, ...(retryAfterSeconds === undefined ? {} : { afterSeconds: retryAfterSeconds }) };
    },
  };
}

export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly data: Notice;
}

export function cloudEvent(notice: Notice): CloudEvent {
  return {
    specversion: '1.0',
    id: `${notice.incidentUid}-${notice.kind}-${notice.phase.toLowerCase()}`,
    source: `/infra-autopilot/${encodeURIComponent(notice.cluster)}`,
    type: `io.infra-autopilot.incident.${notice.kind}`,
    subject: `${notice.namespace}/${notice.workload}`,
    time: notice.at,
    datacontenttype: 'application/json',
    data: notice,
  };
}
