/** Where an HTTP probe is sent. */
export interface Destination {
  readonly secure: boolean;
  readonly port: number;
  readonly path: string;
}

/**
 * Where a redirect leads, if it stays at the same host. The kubelet follows such redirects and takes any other one as
 * a success, since it must not be led to a foreign host.
 *
 * @see https://github.com/kubernetes/kubernetes/blob/master/pkg/probe/http/http.go
 */
export function resolveRedirect(from: Destination, address: string, location: string): Destination | undefined {
  if (location.startsWith('//')) return absolute(from.secure ? 'https' : 'http', location.slice(2), address);
  const scheme = /^(https?):\/\//i.exec(location);
  if (scheme !== null) return absolute(scheme[1] ?? '', location.slice(scheme[0].length), address);
  if (/^[a-z][-+.a-z0-9]*:/i.test(location)) return undefined;
  return { ...from, path: relative(from.path, withoutFragment(location)) };
}

function absolute(scheme: string, rest: string, address: string): Destination | undefined {
  const match = /^(\[[^\]]*\]|[^/:?#]*)(?::(\d{1,5}))?(.*)$/.exec(rest);
  if (match === null) return undefined;
  const [, host = '', port, tail = ''] = match;
  if (host.replace(/^\[|\]$/g, '').toLowerCase() !== address.toLowerCase()) return undefined;
  const secure = scheme.toLowerCase() === 'https';
  const path = withoutFragment(tail);
  return {
    secure,
    port: port === undefined ? (secure ? 443 : 80) : Number(port),
    path: path.startsWith('/') ? path : `/${path}`,
  };
}

/** RFC 3986, 5.2.2 without the removal of dot segments, which servers do themselves. */
function relative(base: string, reference: string): string {
  if (reference === '') return base;
  if (reference.startsWith('/')) return reference;
  const basePath = base.split('?')[0] ?? '/';
  return reference.startsWith('?')
    ? basePath + reference
    : basePath.slice(0, basePath.lastIndexOf('/') + 1) + reference;
}

function withoutFragment(reference: string): string {
  return reference.split('#')[0] ?? '';
}
