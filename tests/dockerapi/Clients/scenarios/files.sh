mkdir -p /run/in/d; echo one > /run/in/f; echo two > /run/in/d/g; ln -s f /run/in/l
t create --name cc busybox:test
t cp /run/in/f cc:/tmp/f
t cp /run/in/d cc:/tmp
t cp /run/in/d/. cc:/tmp/e
t cp /run/in/nosuch cc:/tmp
t cp /run/in/f cc:/no/such/place
t cp /run/in/f cc:/etc/passwd/x
t cp cc:/tmp/f /run/out
t cp cc:/tmp/nosuch /run/out
t cp cc:/tmp /run/tree
ls -R /run/tree | sed 's/^/ls /'
t cp cc:/tmp/f /run/no/such/
t cp nosuch:/tmp /run/x
t cp cc:/tmp/f nosuch:/tmp
t cp /run/in/f /run/in/g
sorted diff cc
t export -o /run/c.tar cc
tar -tf /run/c.tar | grep -c . > /dev/null && echo archive
t diff nosuch
t rm cc
