t network ls --format '{{.Name}} {{.Driver}} {{.Scope}}'
t network create --label a=b --subnet 10.123.0.0/16 --gateway 10.123.0.1 net
t network create net
t network create --subnet 10.123.1.0/24 overlap
t network create --subnet bad x
t network create -d nosuch x
t network create --internal --subnet 10.124.0.0/24 in
t network inspect -f '{{.Name}} {{.Driver}} {{.Scope}} {{.Internal}} {{.EnableIPv6}} {{json .IPAM.Config}} {{json .Labels}} {{json .Containers}}' net in
t network inspect nosuch
t network ls -q --filter nosuch=1
t network ls --filter label=a --format '{{.Name}}'
t network ls --filter type=custom --format '{{.Name}}'
t run -d --name aa --network net --ip 10.123.0.9 --network-alias friend busybox:test sleep 1000
t run --rm --network net busybox:test sh -c "ping -c1 -W2 -q aa | grep -c packets"
t run --rm --network net busybox:test nslookup friend
t run --rm --network net --ip 10.99.0.1 busybox:test true
t run --rm --network net --ip 10.123.0.9 busybox:test true
t inspect -f '{{range $k, $v := .NetworkSettings.Networks}}{{$k}} {{$v.IPAddress}} {{$v.Gateway}} {{$v.IPPrefixLen}} {{$v.Aliases}}{{end}}' aa
t network connect in aa
t network connect in aa
t network connect nosuch aa
t network connect net nosuch
t exec aa sh -c 'ip -o -4 addr | wc -l'
t network disconnect in aa
t network disconnect in aa
t network rm net
t network rm bridge
t network connect host aa
t rm -f aa
t network rm net in nosuch
t network prune -f
t run --rm --network host busybox:test true
t run --rm --network host -p 80:80 busybox:test true
t run -d --name pp -p 127.0.0.1:8099:80 -p 53/udp busybox:test sleep 1000
t port pp 80
t port pp 81
t inspect -f '{{json (index .NetworkSettings.Ports "80/tcp")}}' pp
t ps --filter publish=8099 --format '{{.Names}}'
t run --rm -p 127.0.0.1:8099:80 busybox:test true
t run --rm -p 99999:80 busybox:test true
t rm -f pp
t run --rm --link nosuch busybox:test true
t network ls --format '{{.Name}}'
