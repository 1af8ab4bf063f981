t run -d --name xx -e BASE=1 -w /tmp busybox:test sleep 1000
t exec xx sh -c 'echo out; echo err >&2; exit 4'
t exec xx nosuchprogram
t exec -u nobody xx id -un
t exec -u nosuchuser xx id
t exec -e A=2 xx sh -c 'echo $BASE$A'
t exec -w / xx pwd
t exec -w /nosuch xx pwd
t exec -d xx touch /tmp/made
t exec xx sh -c 'sleep 1; ls /tmp'
t exec nosuch true
t exec --privileged xx true
t exec -it xx true
t top xx -o comm
t top xx -o nosuch
t stop -t 0 xx
t exec xx true
t top xx
t rm xx
