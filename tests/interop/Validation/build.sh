#!/bin/bash
# Builds the validation programs of the OCI runtime-tools from Debian's source package, once.
#   build.sh OUT
# OUT/bin/NAME is one program each, OUT/runtimetest and OUT/rootfs-amd64.tar.gz what they copy into their containers.
# Status 75: the sources cannot be had here. KEELSON_RUNTIME_TOOLS names an archive of them; otherwise apt-get fetches it.
set -euo pipefail
here=$(dirname "$(realpath "$0")")
out=$(realpath -m "$1")
package=golang-github-opencontainers-runtime-tools
suite=trixie   # bookworm's binary package leaves the validation programs out
sum=203989a1ea98cf2aaced79155bbda09270b20db19b03376dde91ab12e5e6a0fe
tag=0.9.0.109.ge931285-1   # another version or another tap package is another build
stamp="$tag $(cat "$here/build.sh" "$here/tap/tap.go" | sha256sum)"
[ "$(cat "$out/built" 2> /dev/null)" = "$stamp" ] && exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
archive=${KEELSON_RUNTIME_TOOLS:-$out/source.tar.xz}
is_ours() { [ -f "$1" ] && echo "$sum  $1" | sha256sum --check --status; }
if ! is_ours "$archive"; then
  # The lists of the machine stay as they are.
  mkdir -p "$work"/apt/{lists,cache}/partial "$out"
  echo "deb-src [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian $suite main" > "$work/apt/sources.list"
  apt() {
    apt-get -qq -o Dir::Etc::SourceList="$work/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$work/apt/lists" -o Dir::Cache="$work/apt/cache" \
      -o APT::Sandbox::User=root "$@"
  }
  # Every file of the source package is fetched; the one that is needed is checked below.
  (cd "$work" && apt update && { apt source --download-only "$package=$tag" || :; }) >&2
  archive=$(echo "$work/${package}_"*.orig.tar.xz)
  is_ours "$archive" || { echo "no source package $package $tag" >&2; exit 75; }
  cp "$archive" "$out/source.tar.xz"
fi

# The go tool looks in the first place first; Debian's packages of Go sources are in the second.
export GOPATH=$work/go:/usr/share/gocode GO111MODULE=off GOFLAGS= GOCACHE=$work/cache CGO_ENABLED=0
github=$work/go/src/github.com
mkdir -p "$github"/{opencontainers/runtime-tools,mndrix/tap-go,blang/semver} "$out/bin"
tar -xf "$archive" --strip-components=1 -C "$github/opencontainers/runtime-tools"
cp "$here/tap/tap.go" "$github/mndrix/tap-go/"
ln -s /usr/share/gocode/src/github.com/blang/semver "$github/blang/semver/v4"
cd "$github/opencontainers/runtime-tools"
go build -trimpath -ldflags "-s -w" -o "$out/runtimetest" ./cmd/runtimetest
go build -trimpath -ldflags "-s -w" -o "$out/bin/" ./validation/...
cp rootfs-amd64.tar.gz "$out"
echo "$stamp" > "$out/built"
