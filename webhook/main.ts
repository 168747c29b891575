import { adminPort, webhookPort } from '#contract/ports.ts';
import { runProcess } from '#runtime/lifecycle.ts';
import { makeLogger } from '#runtime/logger.ts';
import { startWebhook } from './process.ts';
import { readWebhookSettings } from './settings.ts';

const log = makeLogger('webhook', 'info', 'gathered');
await runProcess(
  log,
  (lifecycle) => {
    const settings = readWebhookSettings();
    log.level = settings.AUTOPILOT_LOG_LEVEL;
    return startWebhook(settings, { https: webhookPort, admin: adminPort }, log, lifecycle);
  },
  process,
);
