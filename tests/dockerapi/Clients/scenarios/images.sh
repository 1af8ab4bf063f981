t images --format '{{.Repository}}:{{.Tag}} {{.Digest}}'
t tag busybox:test again:1
t tag busybox:test 'BAD:1'
t tag nosuch x:1
t images --format '{{.Repository}}:{{.Tag}}' again
t images -q --filter reference='ag*'
t images -q --filter dangling=maybe
t images -q --filter label=nosuch
t image inspect -f '{{.RepoTags}} {{.Os}} {{.Architecture}} {{.Config.Cmd}} {{.DockerVersion}} {{.Author}}' again:1
t image inspect nosuch
t history --format '{{.CreatedBy}} {{.Size}} {{.Comment}}' again:1
t rmi again:1
t rmi again:1
t create --name holds busybox:test
t tag busybox:test holds:1
t rmi holds:1
t rm holds
t save -o /run/s.tar busybox:test
t load -i /run/s.tar
t load -i /etc/passwd
t save nosuch
t commit -m message -a author -c 'ENV A=b' nosuch made:1
t create --name src busybox:test
t commit -m message -a author -c 'ENV A=b' -c 'CMD x' src made:1
t image inspect -f '{{.Author}} {{.Comment}} {{.Config.Env}} {{.Config.Cmd}} {{len .RootFS.Layers}}' made:1
t commit -c 'NOSUCH x' src made:2
t rm src
t rmi made:1
t import /etc/passwd
t image prune -f
t rmi nosuch
t rmi -f nosuch
t pull 127.0.0.1:1/x:1
t push nosuch:1
t search --limit 200 x
t image ls --format '{{.Repository}}' --filter before=nosuch
