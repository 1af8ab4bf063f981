# shellcheck shell=bash
# A registry of its own: an image pushed and pulled by the engine, what is kept, garbage, and distribution on the same store. Sourced by ./demo.

# registry_start: starts a registry on a free port and waits until it says which.
registry_start() {
  local end=$((SECONDS + 20))
  : > "$D/registry.log"
  REGISTRY_HTTP_ADDR=127.0.0.1:0 REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=$D/registry REGISTRY_STORAGE_DELETE_ENABLED=true "$KEELSOND" registry serve 2> "$D/registry.log" &
  REGISTRY=$!
  until AT=$(grep -o 'serves 127[0-9.:]*' "$D/registry.log"); do
    if [ $SECONDS -ge $end ]; then cat "$D/registry.log" >&2; die "demo: the registry does not answer"; fi
    sleep 0.05
  done
  AT=${AT#serves }
}

registry_clean() {
  [ "${REGISTRY-}" ] || return 0
  kill "$REGISTRY" 2> /dev/null || true
  wait "$REGISTRY" 2> /dev/null || true
  REGISTRY=''
}

registry_walk() {
  title "A registry in a directory of its own"
  registry_start
  note "keelsond registry: $(awk '/^Pss:/ { print int($2 / 1024) }' "/proc/$REGISTRY/smaps_rollup") MiB of memory, on $AT"
  mkdir -p "$D/bin"
  cp "$RUNTIME" "$SHIM" "$D/bin/"
  engine_start
  mkdir -p "$D/image/bin"
  cp /bin/busybox "$D/image/bin/"
  ln -sf busybox "$D/image/bin/sh"
  ln -sf busybox "$D/image/bin/echo"
  tar -C "$D/image" -c . | keelson import --change 'CMD ["sh"]' - "$AT/team/busybox:1" > /dev/null

  title "Pushed and pulled"
  show keelson push "$AT/team/busybox:1"
  show keelson rmi "$AT/team/busybox:1"
  show keelson run --rm "$AT/team/busybox:1" echo "from a registry"
  show curl -s "http://$AT/v2/_catalog"
  show curl -s "http://$AT/v2/team/busybox/tags/list"

  title "On its disk it is distribution's"
  show find "$D/registry/docker" -name link
  if command -v docker-registry > /dev/null && command -v skopeo > /dev/null; then
    registry_clean
    printf 'version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: %s}}\nhttp: {addr: %s}\n' "$D/registry" "$AT" > "$D/registry.yml"
    OTEL_TRACES_EXPORTER=none docker-registry serve "$D/registry.yml" > "$D/registry.log" 2>&1 &
    REGISTRY=$!
    until curl -sf "http://$AT/v2/" > /dev/null; do sleep 0.05; done
    note "docker-registry has the store now"
    show skopeo inspect --no-tags --format '{{.Name}} {{.Digest}}' --tls-verify=false "docker://$AT/team/busybox:1"
    registry_clean
    registry_start
  fi

  title "Garbage goes when nothing names it"
  show curl -s -X DELETE -o /dev/null -w '%{http_code}\n' "http://$AT/v2/team/busybox/manifests/1"
  registry_clean
  show env REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY="$D/registry" "$KEELSOND" registry garbage-collect --delete-untagged
  engine_clean
}
