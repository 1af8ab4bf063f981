# shellcheck shell=bash
# The runtime alone: a container from a bundle, its limits, hostile images, the plan of its start. Sourced by ./demo.

# kr COMMAND...: the runtime. A created container keeps the streams of create, so these are a file.
kr() {
  [ "$1" != create ] || { "$RUNTIME" --root "$D/state" "$@" < /dev/null > "$D/out" 2>&1 || { cat "$D/out"; return 1; }; return 0; }
  "$RUNTIME" --root "$D/state" "$@"
}

runtime_clean() {
  local id tree
  if [ -x "$RUNTIME" ]; then for id in $(kr list -q 2> /dev/null); do kr delete --force "$id" > /dev/null 2>&1 || true; done; fi
  for tree in "$CGROUPS/$ID" "$CGROUPS"/*/"$ID"; do
    [ ! -d "$tree" ] || find "$tree" -depth -type d -exec rmdir {} + 2> /dev/null || true
  done
}

# bundle NAME MEMORY PROGRAM ARGUMENT...: a bundle of Debian's busybox with limits: MEMORY bytes, 16 processes, half a CPU.
bundle() {
  local name=$1 memory=$2 arguments applet
  shift 2
  arguments=$(printf ', "%s"' "$@")
  mkdir -p "$D/$name"/rootfs/{bin,dev,etc,proc,sys,tmp}
  cp /bin/busybox "$D/$name/rootfs/bin/"
  for applet in $(busybox --list); do [ "$applet" = busybox ] || ln -s busybox "$D/$name/rootfs/bin/$applet"; done
  cat > "$D/$name/config.json" <<EOF
{
  "ociVersion": "1.0.2",
  "process": {
    "user": { "uid": 0, "gid": 0 },
    "args": [${arguments#, }],
    "env": ["PATH=/bin", "HOME=/"],
    "cwd": "/",
    "capabilities": { "bounding": ["CAP_KILL", "CAP_CHOWN"], "effective": ["CAP_KILL", "CAP_CHOWN"], "permitted": ["CAP_KILL", "CAP_CHOWN"] },
    "noNewPrivileges": true
  },
  "root": { "path": "rootfs", "readonly": true },
  "hostname": "demo",
  "mounts": [
    { "destination": "/proc", "type": "proc", "source": "proc", "options": ["nosuid", "noexec", "nodev"] },
    { "destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755", "size=65536k"] },
    { "destination": "/dev/pts", "type": "devpts", "source": "devpts", "options": ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"] },
    { "destination": "/sys", "type": "sysfs", "source": "sysfs", "options": ["nosuid", "noexec", "nodev", "ro"] },
    { "destination": "/tmp", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "nodev", "size=1m"] }
  ],
  "linux": {
    "cgroupsPath": "/$ID/$name",
    "resources": {
      "devices": [{ "allow": false, "access": "rwm" }],
      "memory": { "limit": $memory },
      "pids": { "limit": 16 },
      "cpu": { "quota": 50000, "period": 100000 }
    },
    "namespaces": [{ "type": "pid" }, { "type": "network" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" }, { "type": "cgroup" }],
    "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
    "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
  }
}
EOF
}

# ended NAME: waits until the container has stopped, at most 20 s.
ended() {
  local end=$((SECONDS + 20))
  until kr state "$ID-$1" | grep -q '"status": *"stopped"'; do
    [ $SECONDS -lt $end ] || die "demo: $1 did not end"
    sleep 0.05
  done
}

runtime_walk() {
note "${RUNTIME##*/}: $(($(stat -c %s "$RUNTIME") / 1024)) KiB; libraries: $({ ldd "$RUNTIME" 2>&1 || true; } | sed 's/^[[:space:]]*//')"
show kr --version

title "A container from a bundle: what it sees"
cat > "$D/look.sh" <<'EOF'
echo "user $(id -u), process $$ of $(ls -d /proc/[0-9]* | wc -l) on $(hostname)"
echo "namespaces: $(for n in pid net ipc uts mnt cgroup; do readlink /proc/self/ns/$n; done | tr '\n' ' ')"
echo "capabilities: $(grep CapEff /proc/self/status | tr -d '\t')"
echo "network interfaces: $(ls /sys/class/net | tr '\n' ' ')"
echo "root: $(touch /file 2>&1)"
echo "masked /proc/keys has $(wc -c < /proc/keys) bytes; /proc/sys: $( (echo 1 > /proc/sys/kernel/panic) 2>&1 | sed 's/.*: //')"
EOF
bundle look 33554432 sh -c '. /tmp/look'
sed -i 's|"source": "tmpfs", "options": \["nosuid", "nodev", "size=1m"\] }|&, { "destination": "/tmp/look", "type": "bind", "source": "'"$D"'/look.sh", "options": ["bind", "ro"] }|' "$D/look/config.json"
note "on the host:  $(for n in pid net ipc uts mnt cgroup; do readlink /proc/self/ns/$n; done | tr '\n' ' ')"
show kr run --bundle "$D/look" "$ID-look"

title "Create, start, look from outside, go inside, kill, delete"
bundle sleep 33554432 sleep 1000
show kr create --bundle "$D/sleep" "$ID-sleep"
show kr start "$ID-sleep"
show kr state "$ID-sleep"
for file in memory/limit_in_bytes memory/max pids/max cpu/cfs_quota_us cpu/max; do
  for place in "$CGROUPS/${file%%/*}/$ID/sleep" "$CGROUPS/$ID/sleep"; do
    limit=$place/${file%%/*}.${file#*/}
    [ ! -f "$limit" ] || note "${limit#"$CGROUPS"/}: $(cat "$limit")"
  done
done
show kr exec "$ID-sleep" ps
show kr kill "$ID-sleep" KILL
ended sleep
show kr delete "$ID-sleep"

title "Limits are enforced, and explain says what happened"
bundle greedy 16777216 dd if=/dev/zero of=/dev/null bs=64M count=1
note "16 MiB allowed, 64 MiB wanted:"
show kr create --bundle "$D/greedy" "$ID-greedy"
show kr start "$ID-greedy"
ended greedy
show kr explain "$ID-greedy"
kr delete "$ID-greedy"
# shellcheck disable=SC2016
bundle forks 33554432 sh -c 'for i in $(seq 30); do sleep 5 & done'
note "16 processes allowed, 30 wanted:"
show kr run --bundle "$D/forks" "$ID-forks"
bundle lost 33554432 /bin/tool
printf '#!/bin/no-such-shell\n' > "$D/lost/rootfs/bin/tool"
chmod 755 "$D/lost/rootfs/bin/tool"
note "a program whose interpreter is missing:"
show kr run --bundle "$D/lost" "$ID-lost"

title "Hostile images are refused"
bundle linked 33554432 true
rmdir "$D/linked/rootfs/proc"
ln -s /etc "$D/linked/rootfs/proc"
note "/proc of the image is a symbolic link:"
show kr run --bundle "$D/linked" "$ID-linked"
bundle leak 33554432 true
sed -i 's|"cwd": "/"|"cwd": "/proc/self/fd/7"|' "$D/leak/config.json"
note "the working directory is a descriptor of the runtime:"
show kr run --bundle "$D/leak" "$ID-leak"

title "The plan: what the cloned child will do, before it is cloned"
kr plan --bundle "$D/look" > "$D/plan"
note "$(wc -l < "$D/plan") lines; the last ten:"
tail -10 "$D/plan" | cut -c1-150 | sed 's/^/    /'

title "Beside runc and crun"
quietly dotnet build benchmarks/macro/runtime -c Release -v quiet -warnaserror
artifacts/bin/bench-runtime/release/Keelson.Bench.Runtime -n 15 -c run,exec,mem runc="$(command -v runc)" crun="$(command -v crun)" keelson="$RUNTIME" |
  awk '/^(run|exec|mem):/ { on = 1 } /^load|^promises/ { on = 0 } on && !/p90/' | sed 's/^/  /'
}
