t create --name one --label a=1 busybox:test sleep 1
t create --name two --label a=2 --label b -v vol:/v -p 90 busybox:test sleep 1
t run -d --name three --network none busybox:test sleep 1000
t run --name four --network none busybox:test sh -c 'exit 3'
f() { t ps -a --filter "$1" --format '{{.Names}}'; }
f name=o
f name=^two$
f label=a
f label=a=2
f status=created
f status=running
f status=nosuch
f exited=3
f exited=x
f ancestor=busybox:test
f ancestor=nosuch
f before=two
f since=two
f since=nosuch
f volume=vol
f volume=/v
f network=none
f health=none
f health=nosuch
f nosuch=1
f publish=90
f expose=90
f is-task=true
t ps -n 2 --format '{{.Names}}'
t ps -l --format '{{.Names}}'
t ps -a --no-trunc --format '{{.Command}} {{.Mounts}} {{.LocalVolumes}} {{.Networks}}'
t ps --filter 'bad'
t container prune -f --filter label=a=1
t container prune -f --filter nosuch=1
t container prune -f --filter until=nosuch
t rm -f two three four
t rm -f two
t volume rm vol
t system prune -f
