#!/bin/sh
# serve-udp NAME PORT: tells each datagram at a port of a container who it comes from, by a program of the host in the container's network.
pid=$(docker inspect -f '{{.State.Pid}}' "$1") || exit
# shellcheck disable=SC2016
setsid -f nsenter --net=/proc/"$pid"/ns/net socat "UDP4-RECVFROM:$2,fork" 'SYSTEM:read question; echo '"$1"' from $SOCAT_PEERADDR' < /dev/null > /dev/null 2>&1
