# shellcheck shell=bash
# Shared by test, bench and demo: packages, the SDK, publishing. To be sourced with the repository as the working directory.
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1 MSBUILDDISABLENODEREUSE=1
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1    # the SDK then needs no ICU

RUNTIME=$PWD/artifacts/publish/keelson-runtime/release/keelson-runtime
SHIM=$PWD/artifacts/publish/containerd-shim-keelson-v2/release/containerd-shim-keelson-v2
KEELSOND=$PWD/artifacts/publish/keelsond/release/keelsond
KEELSON=$PWD/artifacts/publish/keelson/release/keelson
CNI=$PWD/artifacts/publish/keelson-cni/release/keelson-cni
PROGRAMS=(runtime shim keelsond keelson cni)   # each has a path above and a publish_ function below

die() { printf '%s\n' "$*" >&2; exit 1; }

# packages FILE...: installs the Debian packages that the files name, one a line, and that are missing.
# Without root it says what is missing; the tests that need it are then skipped.
packages() {
  local missing
  command -v dpkg-query > /dev/null || { echo "not Debian, nothing is installed; wanted: $(names "$@" | xargs)" >&2; return 0; }
  missing=$(LC_ALL=C comm -23 <(names "$@") <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' | awk '$1 == "ii" { print $2 }' | LC_ALL=C sort -u) | xargs)
  [ "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then echo "not root, packages are missing: apt-get install $missing" >&2; return 0; fi
  echo "installing $missing"
  apt_install "$missing"
}

names() { sed 's/#.*//' "$@" | xargs -r -n1 | LC_ALL=C sort -u; }

# A packaged daemon must not start on its own: policy-rc.d says no while the packages are set up.
apt_install() (
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
    printf '#!/bin/sh\nexit 101\n' > $policy
    chmod 755 $policy
  fi
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  compgen -G '/var/lib/apt/lists/*_Packages*' > /dev/null || apt-get update > "$log" 2>&1 || { cat "$log" >&2; exit 1; }
  # shellcheck disable=SC2086
  apt-get install -y --no-install-recommends $1 < /dev/null > "$log" 2>&1 ||
    { apt-get update && apt-get install -y --no-install-recommends $1; } < /dev/null > "$log" 2>&1 ||
    { cat "$log" >&2; rm -f "$log"; exit 1; }
  rm -f "$log"
)

# sdk: puts a dotnet on the path that satisfies global.json; installs Debian's package where there is one.
sdk() {
  local place
  for place in "${DOTNET_ROOT:-}" /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet "${HOME:-/root}/.dotnet"; do
    command -v dotnet > /dev/null && break
    [ -x "$place/dotnet" ] && PATH=$place:$PATH
  done
  if ! command -v dotnet > /dev/null && [ "$(id -u)" = 0 ] && command -v apt-get > /dev/null; then
    compgen -G '/var/lib/apt/lists/*_Packages*' > /dev/null || apt-get update > /dev/null
    apt-cache show dotnet-sdk-10.0 > /dev/null 2>&1 && apt_install dotnet-sdk-10.0
  fi
  command -v dotnet > /dev/null || die "no .NET SDK: install dotnet-sdk-10.0 (https://dotnet.microsoft.com/download) and put dotnet on the path"
  DOTNET_ROOT=$(dirname "$(realpath "$(command -v dotnet)")")
  export DOTNET_ROOT
  dotnet --version > /dev/null 2>&1 || die "the .NET SDK does not satisfy global.json: $(dotnet --version 2>&1 | head -3)"
}

# quietly COMMAND...: its output is shown when it fails.
quietly() {
  local log code=0
  log=$(mktemp)
  "$@" > "$log" 2>&1 || { code=$?; cat "$log" >&2; }
  rm -f "$log"
  return "$code"
}

# publish_runtime, publish_shim, publish_keelsond, publish_keelson, publish_cni: the ahead-of-time compiled programs in $RUNTIME, $SHIM, $KEELSOND, $KEELSON and $CNI; any warning is an error.
publish_runtime() { publish "$RUNTIME"; }
publish_shim() { publish "$SHIM"; }
publish_keelsond() { publish "$KEELSOND"; }
publish_keelson() { publish "$KEELSON"; }
publish_cni() { publish "$CNI"; }
# The build has seen to the analyzers.
publish() { dotnet publish "src/apps/${1##*/}" -c Release -v quiet -warnaserror -p:RunAnalyzers=false && [ -x "$1" ]; }

# is_since VERSION: whether the kernel is that or a later one.
is_since() { [ "$(printf '%s\n' "$1" "$(uname -r)" | sort -V | head -1)" = "$1" ]; }

# has NEED: whether this machine has what a skipped test says it needs; 99 when nobody knows such a need. The names are those of tests/testing/Needs.cs.
has() {
  case $1 in
    root) [ "$(id -u)" = 0 ] ;;
    kvm) [ -w /dev/kvm ] ;;
    'cgroup v1') [ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ] ;;
    'cgroup v2 with controllers') grep -qsw memory /sys/fs/cgroup/cgroup.controllers ;;
    cgroups) has 'cgroup v1' || has 'cgroup v2 with controllers' ;;
    'no rdma controller') [ ! -e /sys/fs/cgroup/rdma ] ;;
    'no hugetlb controller') ! grep -qsw hugetlb /sys/fs/cgroup/cgroup.controllers ;;
    'hugetlb in a v2 tree beside v1') [ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ] && grep -qsw hugetlb /sys/fs/cgroup/unified/cgroup.controllers ;;
    systemd) [ -e /run/systemd/system ] ;;
    AppArmor) [ -e /sys/kernel/security/apparmor/profiles ] ;;
    SELinux) [ -e /sys/fs/selinux/enforce ] ;;
    'Linux 6.3') is_since 6.3 ;;
    'Linux 6.9') is_since 6.9 ;;
    'the published programs') [ -x "$RUNTIME" ] && [ -x "$SHIM" ] ;;
    'the published keelsond') [ -x "$KEELSOND" ] ;;
    'the published keelson') [ -x "$KEELSON" ] ;;
    'user-mode Linux') [ -z "${KEELSON_GUEST:-}" ] && { [ -x /usr/bin/apt-get ] || [ -e "${UML_KERNEL:-}" ]; } ;;
    libseccomp) compgen -G '/usr/lib/*/libseccomp.so.2' > /dev/null ;;
    'the seccomp profile of containers-common') [ -e /usr/share/containers/seccomp.json ] ;;
    'no AppArmor') [ ! -e /sys/module/apparmor ] ;;
    'no SELinux') [ ! -e /sys/fs/selinux/enforce ] ;;
    'no Intel RDT') [ ! -e /sys/fs/resctrl/schemata ] ;;
    'no systemd') [ ! -e /run/systemd/system ] ;;
    libseccomp) ldconfig -p | grep -q 'libseccomp\.so\.2' ;;
    'the seccomp profile of containers-common') [ -e /usr/share/containers/seccomp.json ] ;;
    'the sources of the OCI runtime-tools') [ -e artifacts/interop/runtime-tools/built ] ;;
    erofs) grep -qw erofs /proc/filesystems ;;
    'quotas of projects') [ -e /sys/module/quota_v2 ] || grep -qs '/quota_v2\.ko' "/lib/modules/$(uname -r)/modules.builtin" "/lib/modules/$(uname -r)/modules.dep" ;;
    'program '*) command -v "${1#program }" > /dev/null ;;
    *) return 99 ;;
  esac
}
