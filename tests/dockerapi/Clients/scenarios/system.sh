t version --format '{{.Server.Os}} {{.Server.Arch}} {{.Server.MinAPIVersion}}'
t info --format '{{.OSType}} {{.Architecture}} {{.Swarm.LocalNodeState}} {{.CgroupDriver}} {{.LoggingDriver}}'
t swarm leave
t node ls
t service ls
t secret ls
t stack ls
t plugin ls
t plugin inspect nosuch
t events --since 1 --until 2
t events --filter nosuch=1 --until 1
t login -u a -p b 127.0.0.1:1
t -H unix:///run/nosuch.sock ps
t checkpoint ls nosuch
t stats --no-stream nosuch
t inspect nosuch
t inspect --type volume nosuch
t inspect --type network nosuch
t inspect --type image nosuch
t manifest inspect 127.0.0.1:1/x
