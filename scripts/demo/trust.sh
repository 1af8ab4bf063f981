# shellcheck shell=bash
# Content trust: an image is pushed and signed; a tag that somebody moves, and a server that is rolled back, are refused. Sourced by ./demo.

# notary_start: starts the server of signed collections on its port and waits until it answers.
notary_start() {
  local end=$((SECONDS + 20))
  NOTARY_SIGNER_DEFAULT_ALIAS=demo NOTARY_SIGNER_DEMO=secret "$KEELSOND" notary server --config "$D/notary.json" 2>> "$D/notary.log" &
  NOTARY=$!
  until curl -sf --cacert "$D/cert.pem" "https://localhost:$NOTARY_PORT/v2/" > /dev/null; do
    if [ $SECONDS -ge $end ]; then cat "$D/notary.log" >&2; die "demo: the notary server does not answer"; fi
    sleep 0.05
  done
}

notary_stop() {
  [ "${NOTARY-}" ] || return 0
  kill "$NOTARY" 2> /dev/null || true
  wait "$NOTARY" 2> /dev/null || true
  NOTARY=''
}

trust_clean() { notary_stop; registry_clean; engine_clean; }

trust_walk() {
  local image
  title "A registry, and a server of signed collections beside it"
  registry_start
  NOTARY_PORT=$(awk 'BEGIN { srand(); print 20000 + int(rand() * 12000) }')
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$D/key.pem" -out "$D/cert.pem" -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost 2> /dev/null
  printf '{"server": {"http_addr": "127.0.0.1:%s", "tls_cert_file": "cert.pem", "tls_key_file": "key.pem"}, "storage": {"backend": "sqlite3", "db_url": "notary.db"}}' "$NOTARY_PORT" > "$D/notary.json"
  notary_start
  note "keelsond notary server: $(awk '/^Pss:/ { print int($2 / 1024) }' "/proc/$NOTARY/smaps_rollup") MiB of memory"
  export DOCKER_CONFIG=$D/docker DOCKER_CONTENT_TRUST_SERVER=https://localhost:$NOTARY_PORT DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE=root-secret DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE=repository-secret
  mkdir -p "$DOCKER_CONFIG/tls/localhost:$NOTARY_PORT"
  cp "$D/cert.pem" "$DOCKER_CONFIG/tls/localhost:$NOTARY_PORT/ca.crt"
  engine_start
  engine_image > /dev/null
  image=$AT/team/app

  title "An image is pushed, and signed"
  keelson tag busybox:demo "$image:1"
  show keelson push "$image:1"
  show keelson trust sign --plain-http "$image:1"
  show keelson trust view "$image"
  keelson rmi "$image:1" > /dev/null
  show keelson pull --trust "$image:1"
  keelson rmi "$image:1" > /dev/null

  title "Somebody moves the tag: what is signed is pulled all the same"
  keelson run --name changed busybox:demo sh -c 'echo evil > /evil' > /dev/null
  keelson commit changed "$image:1" > /dev/null
  keelson tag "$image:1" "$image:2" > /dev/null
  show keelson push -q "$image:1"
  keelson push -q "$image:2" > /dev/null
  keelson rmi -f "$image:1" "$image:2" > /dev/null
  show keelson run --rm --trust "$image:1" ls /evil
  show keelson pull --trust "$image:2"

  title "Somebody brings back the server of the day before"
  notary_stop
  cp "$D/notary.db" "$D/yesterday.db"
  notary_start
  keelson pull -q --trust "$image:1" > /dev/null
  keelson tag "$image:1" "$image:3"
  keelson push -q "$image:3" > /dev/null
  show keelson trust sign --plain-http "$image:3"
  notary_stop
  cp "$D/yesterday.db" "$D/notary.db"
  notary_start
  show keelson pull --trust "$image:1"
  keelson rm changed > /dev/null
  unset DOCKER_CONFIG DOCKER_CONTENT_TRUST_SERVER DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE
  trust_clean
}
