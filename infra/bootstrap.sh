#!/usr/bin/env bash
# Brings Node and the project's packages, then runs the front door (infra/main.ts) with the arguments given.
set -euo pipefail
cd "$(dirname "$0")/.."

node_version=$(cat .node-version)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/infra-autopilot

fail() {
  echo "$1" >&2
  exit 1
}

is_recent() {
  local major
  major=$("$1" --version 2>/dev/null | sed -n 's/^v\([0-9]*\)\..*/\1/p')
  [ -n "$major" ] && [ "$major" -ge "${node_version%%.*}" ]
}

# npm may be older than the Node that it then runs on; it is only asked to unpack and to install.
need_npm() {
  command -v npm >/dev/null && return
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "… Install Debian packages: npm"
    apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends npm >/dev/null
  else
    fail "npm is missing: install Node ${node_version%%.*} or newer with npm, and run this again."
  fi
}

fetch_node() {
  local platform package target work
  platform=$(uname -s | tr '[:upper:]' '[:lower:]')
  case "$(uname -m)" in
  x86_64) package="node-$platform-x64" ;;
  aarch64 | arm64) package="node-$platform-arm64" ;;
  *) fail "No Node build is known for $(uname -m): install Node ${node_version%%.*} or newer, and run this again." ;;
  esac
  target=$cache/node-$node_version
  if ! is_recent "$target/bin/node"; then
    need_npm
    echo "… Fetch Node $node_version"
    work=$(mktemp -d "$cache/node.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    (cd "$work" && npm pack --silent "$package@$node_version" >/dev/null) ||
      fail "Node $node_version could not be fetched by npm: install Node ${node_version%%.*} or newer, and run this again."
    tar -xzf "$work"/*.tgz -C "$work"
    rm -rf "$target"
    mv "$work/package" "$target"
    rm -rf "$work"
    trap - EXIT
  fi
  PATH=$target/bin:$PATH
}

install_packages() {
  local wanted stamp=node_modules/.installed-for
  wanted="$(node --version) $(cksum <package-lock.json)"
  if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
    need_npm
    echo "… Install npm packages"
    # Not `npm ci`: it refuses a lock file without the binaries of platforms that a registry does not carry.
    npm install --no-save --silent || fail "npm install failed: see the lines above, or run it by itself for more."
    echo "$wanted" >"$stamp"
  fi
}

# Two targets that are started at once must not install over each other.
mkdir -p "$cache"
if command -v flock >/dev/null; then
  exec 9>"$cache/bootstrap.lock"
  flock 9
fi
if ! { command -v node >/dev/null && is_recent node; }; then fetch_node; fi
install_packages
exec 9>&-
exec node infra/main.ts "$@"
