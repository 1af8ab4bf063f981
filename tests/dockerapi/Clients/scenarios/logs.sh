t run --name ll busybox:test sh -c 'echo 1; sleep 0.3; echo 2 >&2; sleep 0.3; echo 3; echo 4'
t logs ll
t logs --tail 2 ll
t logs --tail 0 ll
t logs --tail x ll
t logs --since 10m --until 1h ll
t logs --until 1000000000 ll
t logs --since nosuch ll
t logs -f ll
t logs nosuch
t rm ll
t run --name nn --log-driver none busybox:test echo x
t logs nn
t rm nn
t run --name oo --log-opt max-size=1k --log-opt max-file=2 busybox:test sh -c 'i=0; while [ $i -lt 20 ]; do echo line $i; i=$((i+1)); done'
t logs --tail 3 oo
t inspect -f '{{json .HostConfig.LogConfig}}' oo
t rm oo
t create --log-opt nosuch=1 busybox:test
t create --log-opt max-size=x busybox:test
t run --name loc --log-driver local busybox:test echo in
t logs loc
t rm loc
t attach nosuch
t run -d --name gone busybox:test true
t wait gone
t attach gone
t rm gone
