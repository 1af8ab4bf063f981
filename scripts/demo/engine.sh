# shellcheck shell=bash
# An engine of its own: an image made here, containers in it, a daemon that is killed, other people's clients. Sourced by ./demo.

# keelson COMMAND...: our command line, on the demo's engine.
keelson() { "$KEELSON" --host "unix://$D/engine/docker.sock" "$@"; }

# engine_start: starts the daemon and waits until it answers.
engine_start() {
  local end=$((SECONDS + 20))
  [ -d "$D/bin" ] || { mkdir "$D/bin" && cp "$RUNTIME" "$SHIM" "$D/bin/"; }
  KEELSON_SHIM_SOCKETS=$D/shims PATH=$D/bin:$PATH "$KEELSOND" --root "$D/root" --state "$D/engine" --bridge none 2>> "$D/keelsond.log" &
  ENGINE=$!
  until keelson version > /dev/null 2>&1; do
    if [ $SECONDS -ge $end ]; then cat "$D/keelsond.log" >&2; die "demo: keelsond does not answer"; fi
    sleep 0.05
  done
}

# engine_image: makes the image busybox:demo, unless it is there.
engine_image() {
  ! keelson inspect --type image busybox:demo > /dev/null 2>&1 || return 0
  mkdir -p "$D"/image/{bin,etc,proc,sys,dev,tmp}
  cp /bin/busybox "$D/image/bin/"
  "$D/image/bin/busybox" --install -s "$D/image/bin"
  find "$D/image/bin" -type l -exec ln -sf busybox {} \;
  echo 'root:x:0:0:root:/:/bin/sh' > "$D/image/etc/passwd"
  tar -C "$D/image" -c . > "$D/image.tar"
  show keelson import --change 'CMD ["sh"]' --change 'ENV PATH=/bin' "$D/image.tar" busybox:demo
}

engine_clean() {
  local ids
  [ "${ENGINE-}" ] || return 0
  ids=$(keelson ps -aq 2> /dev/null || true)
  # shellcheck disable=SC2086
  [ ! "$ids" ] || keelson rm -f $ids > /dev/null 2>&1 || true
  kill "$ENGINE" 2> /dev/null || true
  wait "$ENGINE" 2> /dev/null || true
  ENGINE=''
}

engine_walk() {
  local client
  title "An engine in a directory of its own"
  engine_start
  note "keelsond: $(($(stat -c %s "$KEELSOND") / 1024)) KiB, $(awk '/^Pss:/ { print int($2 / 1024) }' "/proc/$ENGINE/smaps_rollup") MiB of memory; sockets: $(cd "$D/engine" && ls ./*.sock | xargs)"
  show keelson version --format '{{.Server.Version}}, API {{.Server.APIVersion}}'

  title "An image from this machine's own busybox"
  engine_image
  show keelson images

  title "Containers"
  show keelson run --rm busybox:demo echo "from $(hostname) with love"
  show keelson run --rm -m 32m --cpus 0.5 --pids-limit 16 --read-only --user 1000 busybox:demo sh -c 'id; touch /file; cat /sys/fs/cgroup/memory/memory.limit_in_bytes 2> /dev/null || cat /sys/fs/cgroup/memory.max'
  show keelson run -d --name web --restart always busybox:demo sh -c 'i=0; while sleep 0.2; do i=$((i + 1)); echo request $i; done'
  show keelson exec web ps
  sleep 1
  show keelson logs --tail 3 web
  show keelson stats --no-stream web
  show keelson ps

  title "The daemon is killed; the container is not"
  kill -9 "$ENGINE"
  wait "$ENGINE" 2> /dev/null || true
  note "keelsond is gone; containers that run: $(pgrep -cf 'request \$i' || true)"
  engine_start
  show keelson ps
  show keelson logs --tail 2 web
  show keelson inspect --format '{{.State.Status}}, restarted {{.RestartCount}} times' web

  title "What happened, from the event log"
  show keelson events --since 1h --until 0s --format '{{.Type}} {{.Action}} {{index .Actor.Attributes "name"}}'

  if command -v ctr > /dev/null; then
    title "The same engine, as containerd's ctr sees it"
    show ctr --address "$D/engine/containerd.sock" --namespace keelson containers ls
    show ctr --address "$D/engine/containerd.sock" --namespace keelson tasks ls
  fi
  client=$(command -v docker || true)
  title "Docker's own client"
  if [ "$client" ]; then
    show env DOCKER_HOST="unix://$D/engine/docker.sock" docker ps
    show env DOCKER_HOST="unix://$D/engine/docker.sock" docker run --rm busybox:demo echo "docker's client, Keelson's engine"
  fi
  note "With an engine of yours: export DOCKER_HOST=unix:///run/keelson/docker.sock"
  show keelson rm -f web
  engine_clean
}
