t volume create data
t volume create data
t volume create --label a=b --opt type=tmpfs --opt device=tmpfs --opt o=size=1m mem
t volume create bad/name
t volume create -d nosuch xx
t volume create --opt nosuch=1 xx
t volume ls --format '{{.Driver}} {{.Name}} {{.Labels}}'
t volume ls -q --filter label=a=b
t volume ls -q --filter name=dat
t volume ls -q --filter dangling=true
t volume ls -q --filter nosuch=1
t volume inspect -f '{{.Name}} {{.Driver}} {{.Scope}} {{json .Labels}} {{json .Options}}' data mem
t volume inspect nosuch
t run --rm -v data:/d busybox:test sh -c 'echo kept > /d/f'
t run --rm -v data:/d:ro busybox:test sh -c 'cat /d/f; touch /d/g'
t run --rm -v mem:/m busybox:test sh -c 'df -k /m | tail -1 | tr -s " " | cut -d" " -f2'
t run --rm -v data:/etc busybox:test cat /etc/f
t run --rm -v fresh:/etc busybox:test cat /etc/passwd
t run --rm -v nocopy:/etc:nocopy busybox:test ls /etc
t run --rm --mount type=volume,src=data,dst=/x,readonly busybox:test cat /x/f
t run --rm --mount type=bind,src=/run/nosuch,dst=/x busybox:test true
t run --rm --mount type=bind,src=relative,dst=/x busybox:test true
t run --rm --mount type=tmpfs,dst=/x,tmpfs-size=65536 busybox:test sh -c 'df -k /x | tail -1 | tr -s " " | cut -d" " -f2'
t run --rm --mount type=nosuch,dst=/x busybox:test true
t run --rm -v relative/path:/x busybox:test true
t run --rm -v /a:relative busybox:test true
t run --rm -v /run/a:/x:nosuch busybox:test true
t run --rm -v /run/made:/x busybox:test ls -d /x
t create --name cc -v data:/d busybox:test
t inspect -f '{{range .Mounts}}{{.Type}} {{.Destination}} {{.Driver}} {{.Mode}} {{.RW}} {{.Propagation}};{{end}}' cc
t volume rm data
t run --rm --volumes-from cc busybox:test cat /d/f
t run --rm --volumes-from cc:ro busybox:test touch /d/x
t run --rm --volumes-from nosuch busybox:test true
t rm -v cc
t volume rm data mem nosuch
t volume rm -f nosuch
t volume prune -f --filter label=nosuch
t volume rm fresh nocopy
t volume ls -q
