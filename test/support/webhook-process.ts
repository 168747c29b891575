import { runProcess } from '#runtime/lifecycle.ts';
import { makeLogger } from '#runtime/logger.ts';
import { startWebhook } from '../../webhook/process.ts';
import { readWebhookSettings } from '../../webhook/settings.ts';

// The webhook as its main.ts starts it, but for the ports: `node webhook-process.ts HTTPS-PORT ADMIN-PORT`.
const [https, admin] = process.argv.slice(2).map(Number);
const log = makeLogger('webhook', 'info', 'gathered');
await runProcess(
  log,
  (lifecycle) => startWebhook(readWebhookSettings(), { https: https ?? 0, admin: admin ?? 0 }, log, lifecycle),
  process,
);
