import { AutopilotError } from '#runtime/errors.ts';
import { succeeds } from '../run.ts';

/** Whether a Docker daemon answers; the client alone is no use. */
export function dockerAnswers(): Promise<boolean> {
  return succeeds('docker', ['info', '--format', '{{.ServerVersion}}'], 5);
}

/** @throws AutopilotError AP_MACHINE_UNFIT that says what to do. */
export async function requireDocker(): Promise<void> {
  if (await dockerAnswers()) return;
  throw new AutopilotError(
    'AP_MACHINE_UNFIT',
    'kind needs a running Docker daemon and none answers: start Docker, or use PROVIDER=embedded as root on a Debian-like Linux.',
  );
}
