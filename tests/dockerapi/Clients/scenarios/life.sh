t create --name web --label who=me --restart on-failure:3 -e A=b busybox:test sleep 1000
t create --name web busybox:test
t ps -a --format '{{.Names}} {{.Image}} {{.Command}} {{.Status}} {{.Ports}} {{.Labels}}'
t start web
t start web
t ps --format '{{.Names}} {{.State}} {{.RunningFor}}'
t pause web
t pause web
t ps --format '{{.Names}} {{.Status}}'
t exec web true
t stop web nosuch
t unpause web
t unpause web
t rename web site
t rename site site
t rename nosuch x
t update --memory 64m --memory-swap 64m --restart no site
t inspect -f '{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}} {{.HostConfig.RestartPolicy.Name}}' site
t rm site
t kill -s USR1 site
t kill -s NOSUCH site
t restart -t 0 site
t inspect -f '{{.State.Status}} {{.RestartCount}} {{.State.ExitCode}}' site
t stop -t 0 site
t stop -t 0 site
t kill site
t inspect -f '{{.State.Status}} {{.State.ExitCode}} {{.State.OOMKilled}} {{.State.Error}}' site
t wait site
t rm site
t rm site
t inspect site
t start nosuch
t wait nosuch
t top nosuch
t container prune -f
