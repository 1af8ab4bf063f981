#!/bin/sh
# Makes a private host of this test what an engine is started on, with a machine beside it that has routes to all networks of containers.
#   peer 198.51.100.2, 2001:db8::2 ── host 198.51.100.1 and .9, 2001:db8::1
# The peer serves names, and both serve HTTP: each question is told who it comes from.
set -eu
mkdir -p /run/bin /run/www/host/cgi-bin /run/www/peer/cgi-bin
cp "$1/probe.sh" /run/bin/probe
cp "$1/serve.sh" /run/bin/serve
cp "$1/serve-udp.sh" /run/bin/serve-udp
ip netns add peer
ip link add up0 type veth peer name eth0 netns peer
ip address add 198.51.100.1/24 dev up0
ip address add 198.51.100.9/24 dev up0
ip address add 2001:db8::1/64 dev up0 nodad
ip link set up0 up
# Whoever needs it turns it on; dockerd drops what is forwarded without a rule only when it has done so.
sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0
ip -n peer link set lo up
ip -n peer address add 198.51.100.2/24 dev eth0
ip -n peer address add 2001:db8::2/64 dev eth0 nodad
ip -n peer link set eth0 up
for network in 172.16.0.0/12 10.0.0.0/8; do ip -n peer route add $network via 198.51.100.1; done
ip -n peer route add fd00::/8 via 2001:db8::1
# What engines find in the host's configuration: the peer knows all names.
echo "nameserver 198.51.100.2" > /run/etc/resolv.conf
mount --bind /run/etc/resolv.conf /etc/resolv.conf
for place in host peer; do
  printf '#!/bin/sh\necho\necho "%s from $REMOTE_ADDR"\n' $place > /run/www/$place/cgi-bin/who
  chmod 755 /run/www/$place/cgi-bin/who
done
busybox httpd -p 8000 -h /run/www/host
nsenter --net=/run/netns/peer busybox httpd -p 80 -h /run/www/peer
nsenter --net=/run/netns/peer dnsmasq --conf-file=/dev/null --user=root --pid-file --no-resolv --no-hosts --address=/example.test/203.0.113.7 --log-queries --log-facility=/run/peer-names
