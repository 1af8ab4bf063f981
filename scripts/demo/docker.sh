# shellcheck shell=bash
# Docker's client on an engine of the demo's: an image is built, tells how it fares, and gets a volume while it runs. Sourced by ./demo, after engine.sh.

# docker_here ARGUMENTS...: docker's client on the demo's engine, or ours where there is none.
docker_here() {
  if command -v docker > /dev/null; then DOCKER_HOST="unix://$D/engine/docker.sock" DOCKER_BUILDKIT=0 docker "$@"
  else keelson "$@"; fi
}

docker_walk() {
  title "An image is built, and built again"
  engine_start
  engine_image
  mkdir -p "$D/web"
  echo hello > "$D/web/index.html"
  printf '%s\n' 'FROM busybox:demo' 'COPY index.html /www/' 'RUN echo "built $(date)" >> /www/index.html' 'HEALTHCHECK --interval=200ms CMD test -e /www/index.html' \
    'CMD ["httpd", "-f", "-p", "80", "-h", "/www"]' > "$D/web/Dockerfile"
  show cat "$D/web/Dockerfile"
  show docker_here build -t web:demo "$D/web"
  show docker_here build -t web:demo "$D/web"

  title "It tells how it fares"
  show docker_here run -d --name site web:demo
  sleep 1
  show docker_here ps --format '{{.Names}}: {{.Status}}'
  show docker_here exec site rm /www/index.html
  sleep 1.5
  show docker_here ps --format '{{.Names}}: {{.Status}}'

  title "A volume for a container that runs"
  show keelson update --mount-add type=volume,source=pages,target=/www/pages site
  show docker_here exec site sh -c 'echo kept > /www/pages/f; cat /www/pages/f'
  show docker_here rm -f site
  show docker_here volume rm pages
  engine_clean
  note "Your docker, with an engine of yours: export DOCKER_HOST=unix:///run/keelson/docker.sock"
}
