#!/bin/sh
# probe LIMIT FROM WHAT ARGUMENT...: asks from the host, the peer or a container, and prints the answer in one line, or "no".
#   get ADDRESS:PORT   who answers HTTP, and who it says that the question comes from
#   udp ADDRESS:PORT   the same by a datagram; from the host and the peer
#   ping ADDRESS       "yes"
#   name NAME          the addresses of a name
#   run COMMAND        what a shell prints
limit=$1 from=$2 what=$3
shift 3
at() {
  case $from in
    host) "$@" ;;
    peer) nsenter --net=/run/netns/peer "$@" ;;
    *) docker exec "$from" "$@" ;;
  esac
}
get() {
  case $from in
    host | peer) printf 'GET /cgi-bin/who HTTP/1.0\r\n\r\n' | at socat -t "$limit" -T "$limit" - "TCP:$1,connect-timeout=$limit" ;;
    *)
      port=${1##*:} address=${1%:*}
      address=${address#[}
      at sh -c "printf 'GET /cgi-bin/who HTTP/1.0\r\n\r\n' | timeout $limit nc -w $limit ${address%]} $port" ;;
  esac | tail -n 1 | grep ' from '
}
answer=$(
  case $what in
    get) get "$1" ;;
    udp) echo question | at timeout "$limit" socat -t "$limit" - "UDP:$1" | head -n 1 ;;
    ping) at busybox ping -c 1 -W "$limit" -w "$limit" "$1" > /dev/null && echo yes ;;
    name) at timeout "$limit" nslookup "$1" | sed -n 's/^Address: *//p' | grep -v ':53$' | sort ;;
    run) at sh -c "$1" ;;
  esac 2> /dev/null | sed 's/\[\(.*\)\]/\1/; s/::ffff://' | tr '\t\r\n' '   ' | sed 's/  */ /g; s/ $//')
echo "${answer:-no}"
