t run --rm busybox:test echo hello
t run --rm busybox:test sh -c 'echo out; echo err >&2; exit 7'
t run --rm busybox:test nosuchprogram
t run --rm busybox:test /etc/passwd
t run --rm busybox:test /
t run --rm -w /no/such/dir busybox:test pwd
t run --rm -u nobody busybox:test id -un
t run --rm -u 12:34 busybox:test id
t run --rm -u nosuchuser busybox:test id
t run --rm -e A=1 -e B busybox:test sh -c 'echo $A.$B.$PATH.$HOME'
t run --rm --hostname box --add-host other:1.2.3.4 busybox:test sh -c 'hostname; grep other /etc/hosts'
t run --rm --read-only busybox:test touch /x
t run --rm --tmpfs /t:size=1m busybox:test sh -c 'df -k /t | tail -1 | tr -s " " | cut -d" " -f2'
t run --rm --cap-drop all busybox:test chown 1 /tmp
t run --rm --privileged busybox:test sh -c 'grep -c . /proc/mounts > /dev/null && echo yes'
t run --rm --pids-limit 50 --ulimit nofile=100:200 busybox:test sh -c 'ulimit -n; ulimit -Hn'
t run --rm --init busybox:test true
t run --rm --entrypoint echo busybox:test a b
t run --rm --entrypoint '' busybox:test echo c
t run --rm --network none busybox:test ip -o link
t run --rm --stop-signal NOSUCH busybox:test true
t run --rm --memory 1m busybox:test true
t run --rm --cpus 1000 busybox:test true
t run --rm --cpu-shares -1 busybox:test true
t run --rm --name 'bad/name' busybox:test true
t run --rm --ipc nosuch busybox:test true
t run --rm --pid container:nosuch busybox:test true
t run --rm --network container:nosuch busybox:test true
t run --rm --network nosuch busybox:test true
t run --rm --device /dev/nosuch busybox:test true
t run --rm --device /dev/null:/dev/mine busybox:test test -c /dev/mine
t run --rm --security-opt nosuch=1 busybox:test true
t run --rm --security-opt no-new-privileges busybox:test grep NoNewPrivs /proc/self/status
t run --rm --sysctl kernel.nosuch=1 busybox:test true
t run --rm --sysctl net.ipv4.ip_forward=1 busybox:test cat /proc/sys/net/ipv4/ip_forward
t run --rm --log-driver nosuch busybox:test true
t run --rm --runtime nosuch busybox:test true
t run --rm --userns host busybox:test true
t run --rm --restart always busybox:test true
t run --rm --oom-score-adj 500 busybox:test cat /proc/self/oom_score_adj
t run --rm --shm-size 1m busybox:test sh -c 'df -k /dev/shm | tail -1 | tr -s " " | cut -d" " -f2'
t run --rm --cidfile /run/cid busybox:test true
t run --rm --cidfile /run/cid busybox:test true
t run -d --name dd busybox:test sh -c 'echo one; exit 5'
t wait dd
t logs dd
t rm dd
t run --pull never --rm nosuch:1 true
