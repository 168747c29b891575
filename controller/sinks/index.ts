import type { Sink } from '../model/sink.ts';
import { customWebhookSink } from './custom-webhook.ts';
import { discordSink } from './discord.ts';
import { slackSink } from './slack.ts';

/** Where the operator wants notices to go; an absent address means no such sink. */
export interface SinkAddresses {
  readonly slackUrl: string | undefined;
  readonly discordUrl: string | undefined;
  readonly webhook: { readonly url: string; readonly secret: string } | undefined;
}

/** Every built-in sink that has an address. */
export function makeSinks({ slackUrl, discordUrl, webhook }: SinkAddresses): readonly Sink[] {
  return [
    ...(slackUrl === undefined ? [] : [slackSink(slackUrl)]),
    ...(discordUrl === undefined ? [] : [discordSink(discordUrl)]),
    ...(webhook === undefined ? [] : [customWebhookSink(webhook.url, webhook.secret)]),
  ];
}
