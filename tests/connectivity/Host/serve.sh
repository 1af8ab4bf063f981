#!/bin/sh
# serve NAME [OPTION...]: starts a container that tells each question of HTTP who it comes from, at port $PORT or 80.
name=$1
shift
# shellcheck disable=SC2016
exec docker run -d --name "$name" -e NAME="$name" "$@" busybox:test sh -c '
  mkdir -p /tmp/w/cgi-bin
  printf "#!/bin/sh\necho\necho \"$NAME from \$REMOTE_ADDR\"\n" > /tmp/w/cgi-bin/who
  chmod 755 /tmp/w/cgi-bin/who
  exec httpd -f -p "${PORT:-80}" -h /tmp/w'
