# shellcheck shell=bash
# Networks: containers that find each other, ports of the host, a firewall that somebody flushes. Needs the functions of engine.sh. Sourced by ./demo.

# fetch URL: what a server says.
fetch() { /bin/busybox wget -qO- "$1"; }

# fetch_soon URL: the same, as soon as somebody serves it.
fetch_soon() {
  local end=$((SECONDS + 20))
  until fetch "$1" > /dev/null 2>&1; do
    [ $SECONDS -lt $end ] || break
    sleep 0.05
  done
  fetch "$1"
}

network_walk() {
  local port table
  title "Networks: an engine that has none until somebody makes one"
  engine_start
  engine_image
  show keelson network create demo-front
  show keelson network create --internal demo-back
  show keelson run -d --name demo-web --network demo-front -p 127.0.0.1::80 busybox:demo sh -c 'echo "hello from web" > /index.html; exec httpd -f -p 80 -h /'
  show keelson run -d --name demo-db --network demo-back busybox:demo sleep 1000
  port=$(keelson port demo-web 80/tcp | head -n 1)
  title "A published port is fetched from the host, and the container by its name from beside it"
  show fetch_soon "http://$port/"
  show keelson run --rm --network demo-front busybox:demo wget -qO- http://demo-web/
  show keelson exec demo-db ping -c1 -W1 demo-web
  show keelson network connect demo-back demo-web
  show keelson exec demo-db wget -qO- http://demo-web/
  show keelson network inspect --graph demo-front demo-back
  title "What the kernel has of it, and what is back when somebody takes it away"
  table=$(nft list tables | awk '$3 ~ /^keelson-/ { print $3; exit }')
  show nft list map inet "$table" publish-at4
  show nft flush table inet "$table"
  sleep 0.5
  show nft list map inet "$table" publish-at4
  show fetch "http://$port/"
  title "Without the daemon packets go on"
  kill -9 "$ENGINE"
  wait "$ENGINE" 2> /dev/null || true
  show fetch "http://$port/"
  engine_start
  show keelson run --rm --network demo-front busybox:demo wget -qO- http://demo-web/
  show keelson rm -f demo-web demo-db
  show keelson network rm demo-front demo-back
  network_clean
}

# network_clean: takes away what a walk that did not come to its end has left.
network_clean() {
  [ "${ENGINE-}" ] || return 0
  keelson rm -f demo-web demo-db > /dev/null 2>&1 || true
  keelson network rm demo-front demo-back > /dev/null 2>&1 || true
  engine_clean
}
