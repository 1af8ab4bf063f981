#!/bin/sh
# Starts a private host: namespaces with a /run, a network and a cgroup tree of their own. It lives until standard input ends.
#   start.sh NAME machine|v1
# NAME, of two parts, is the host's cgroup under every mounted hierarchy; inside, it is the root. "v1" leaves the cgroup v2 tree out.
# Prints "ready" when it is up.
set -eu
name=$1 layout=$2
for tree in /sys/fs/cgroup/*/; do
  [ -e "$tree/cgroup.procs" ] || continue
  for cgroup in "$tree${name%/*}" "$tree$name"; do
    mkdir -p "$cgroup"
    for file in cpuset.cpus cpuset.mems; do
      [ ! -e "$tree$file" ] || cat "$tree$file" > "$cgroup/$file"
    done
  done
  echo $$ > "$tree$name/cgroup.procs"
done
export layout
exec unshare --mount --net --pid --cgroup --uts --ipc --fork --mount-proc --propagation private sh -eu -c '
  hostname keelson-test
  # A cgroup v1 mount shows the whole hierarchy until it is made again inside the cgroup namespace.
  mounts=$(cat /proc/mounts)
  while read -r _ place type options _; do
    case $type in
      cgroup)
        controllers=$(echo "$options" | tr , "\n" | grep -vxE "rw|ro|nosuid|nodev|noexec|relatime|noatime|xattr|clone_children|release_agent=.*" | paste -sd,)
        umount "$place"; mount -t cgroup -o "$controllers" cgroup "$place" ;;
      cgroup2)
        umount "$place"
        [ "$layout" = v1 ] || mount -t cgroup2 cgroup2 "$place" ;;
    esac
  done << E
$mounts
E
  # As on a machine with systemd: what is mounted here must not show in containers, nor the other way round.
  mount --make-rshared /
  mount -t tmpfs -o mode=755 tmpfs /run
  mkdir -p /run/lock /run/netns /run/home /run/etc
  # A user with subordinate ids, here alone.
  cp /etc/passwd /etc/group /run/etc
  echo "keelson:x:2000:2000::/run/home/keelson:/bin/sh" >> /run/etc/passwd
  echo "keelson:x:2000:" >> /run/etc/group
  for file in subuid subgid; do printf "keelson:300000:65536\ncontainers:1000000:1000000\n" > /run/etc/$file; done
  for file in passwd group subuid subgid; do mount --bind /run/etc/$file /etc/$file; done
  install -d -o 2000 -g 2000 -m 700 /run/home/keelson /run/user /run/user/2000
  # Some machines keep these two for root.
  for device in net/tun:200 fuse:229; do
    [ -e /dev/${device%:*} ] || continue
    mknod -m 666 /run/${device#*:} c 10 ${device#*:}; mount --bind /run/${device#*:} /dev/${device%:*}
  done
  ip link set lo up
  echo 1 > /proc/sys/net/ipv4/ip_forward
  echo ready
  # Adopts and reaps what the daemons leave behind.
  exec tini -s -- cat > /dev/null'
