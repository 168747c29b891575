import { agentVersion } from '../version.ts';
import { bigEndian, encodeFrame, frameFlags, frameTypes } from './frames.ts';

/** The stream of the one call that a connection is opened for. */
export const callStream = 1;

/** RFC 9113, 3.4. */
const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

const enablePushSetting = 2;

/** Entries of HPACK's static table, whole or their names only. RFC 7541, appendix A. */
const hpack = { authority: 1, post: 3, path: 4, http: 6, contentType: 31, userAgent: 58 } as const;

/**
 * All that a caller of `grpc.health.v1.Health/Check` has to say, said at once: nothing in it depends on an answer.
 *
 * @param timeoutSeconds tells the server until when an answer is of use; whole seconds, eight digits at most.
 * @see https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export function encodeHealthRequest(authority: string, service: string, timeoutSeconds: number): Uint8Array {
  const name = utf8(service);
  // A message's fields with their default, the empty service, are left out.
  const message = name.length === 0 ? [] : [0x0a, ...protobufNumber(name.length), ...name];
  const headers = [
    0x80 | hpack.post,
    0x80 | hpack.http,
    ...literal(hpack.path, '/grpc.health.v1.Health/Check'),
    ...literal(hpack.authority, authority),
    ...literal(hpack.contentType, 'application/grpc'),
    ...literal(hpack.userAgent, `kube-probe/1 infra-autopilot/${agentVersion}`),
    ...literal('te', 'trailers'),
    ...literal('grpc-timeout', `${timeoutSeconds}S`),
  ];
  return Uint8Array.from([
    ...utf8(preface),
    ...encodeFrame(frameTypes.settings, 0, 0, [...bigEndian(enablePushSetting, 2), ...bigEndian(0, 4)]),
    ...encodeFrame(frameTypes.headers, frameFlags.endHeaders, callStream, headers),
    ...encodeFrame(frameTypes.data, frameFlags.endStream, callStream, [0, ...bigEndian(message.length, 4), ...message]),
  ]);
}

/** A header that no table is to remember, with a name from the static table or of its own. RFC 7541, 6.2.2. */
function literal(name: number | string, value: string): number[] {
  const named = typeof name === 'number' ? hpackNumber(name, 15) : [0, ...hpackText(name)];
  return [...named, ...hpackText(value)];
}

/** Not Huffman-coded: a server must understand both. */
function hpackText(text: string): number[] {
  const bytes = utf8(text);
  return [...hpackNumber(bytes.length, 127), ...bytes];
}

/** A number whose first byte has room up to `full`. RFC 7541, 5.1. */
function hpackNumber(value: number, full: number): number[] {
  return value < full ? [value] : [full, ...protobufNumber(value - full)];
}

/** Seven bits a byte, the lowest first: protobuf's varint and the tail of HPACK's numbers are the same. */
function protobufNumber(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...protobufNumber(value >>> 7)];
}

/** The engine has no TextEncoder. */
function utf8(text: string): number[] {
  const escaped = encodeURIComponent(text.toWellFormed());
  return (escaped.match(/%[0-9A-F]{2}|[^%]/g) ?? []).map((unit) =>
    unit.length === 3 ? Number.parseInt(unit.slice(1), 16) : unit.charCodeAt(0),
  );
}
