#!/bin/sh
# Runs a command inside a private host: in its cgroup and in its namespaces.
#   enter.sh PID NAME COMMAND [ARGUMENT...]
# PID is a process of the host, NAME its cgroup.
pid=$1 name=$2
shift 2
for tree in /sys/fs/cgroup/*/"$name"; do
  if [ -e "$tree/tasks" ]; then echo $$ > "$tree/tasks"; else echo $$ > "$tree/cgroup.procs"; fi || exit 125
done
exec nsenter --target "$pid" --mount --net --pid --cgroup --uts --ipc --wdns=/run -- "$@"
