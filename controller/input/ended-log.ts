import { maximumLogCharacters, maximumLogLines } from '#contract/incident.ts';
import type { KubeTransport } from '#runtime/kubernetes/transport.ts';
import type { PodSnapshot } from '../model/snapshot.ts';
import { redactLines } from './redact.ts';

const maximumBytes = 8192;

/** A log is worth a little; what is decided does not wait longer for it. */
const deadlineMilliseconds = 1_000;

/** Written by the kubelet in the place of a log that its node no longer has. */
const noLog = 'unable to retrieve container logs';

/**
 * The last lines of a container's run that ended last, secrets blanked out. Never throws: no log, or none in time, is
 * no lines. While the container is down the API gives that run without being asked for the previous one; the one
 * before may be gone from its node.
 */
export async function readEndedLog(
  transport: Pick<KubeTransport, 'open'>,
  pod: Pick<PodSnapshot, 'namespace' | 'name' | 'containers'>,
  container: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const previous = pod.containers.find(({ name }) => name === container)?.state === 'running';
  const chunks: Buffer[] = [];
  try {
    const answer = await transport.open({
      method: 'GET',
      path: `/api/v1/namespaces/${encodeURIComponent(pod.namespace)}/pods/${encodeURIComponent(pod.name)}/log`,
      query: { previous, container, tailLines: maximumLogLines, limitBytes: maximumBytes },
      accept: 'text/plain, */*',
      // Of the whole: the transport's own deadline ends with the headers.
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadlineMilliseconds)]),
      timeoutMilliseconds: deadlineMilliseconds,
    });
    if (!answer.ok) return [];
    let bytes = 0;
    for await (const chunk of answer.body as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes >= maximumBytes) break;
    }
  } catch {
    // What came until then is better than nothing.
  }
  return linesOf(Buffer.concat(chunks).subarray(0, maximumBytes).toString('utf8'));
}

function linesOf(text: string): readonly string[] {
  const lines = text
    .split(/\r?\n|\r/)
    .map(printable)
    .filter((line) => line.trim() !== '' && !line.startsWith(noLog));
  return redactLines(lines)
    .slice(-maximumLogLines)
    .map((line) => line.slice(0, maximumLogCharacters).toWellFormed());
}

/** Without colours and other control sequences, and without characters that are not seen but change what is. */
function printable(line: string): string {
  return line
    .replace(/\p{Cc}\[[0-9;?]*[A-Za-z]/gu, '')
    .replaceAll('\t', ' ')
    .replace(/[\p{Cc}\p{Cf}]/gu, '');
}
