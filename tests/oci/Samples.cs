namespace Keelson.Oci.Tests;

/// <summary>Documents that the tests start from.</summary>
internal static class Samples
{
    /// <summary>The least that is a configuration.</summary>
    public const string Minimal = """{"ociVersion":"1.3.0","root":{"path":"rootfs"}}""";

    /// <summary>A configuration that uses every section of the specification at least once, and is valid.</summary>
    public const string Full = """
        {
          "ociVersion": "1.3.0",
          "process": {
            "terminal": true,
            "consoleSize": { "height": 40, "width": 132 },
            "user": { "uid": 1000, "gid": 1001, "umask": 18, "additionalGids": [5, 27], "username": "keel" },
            "args": ["/bin/sh", "-c", "echo \"hi\" \u00e4\ud83d\ude00"],
            "env": ["PATH=/bin:/usr/bin", "EMPTY="],
            "cwd": "/home/keel",
            "capabilities": {
              "bounding": ["CAP_KILL", "CAP_CHOWN"],
              "effective": ["CAP_KILL"],
              "inheritable": [],
              "permitted": ["CAP_KILL"],
              "ambient": ["CAP_KILL"]
            },
            "rlimits": [
              { "type": "RLIMIT_NOFILE", "soft": 1024, "hard": 4096 },
              { "type": "RLIMIT_CORE", "soft": 0, "hard": 18446744073709551615 }
            ],
            "noNewPrivileges": true,
            "apparmorProfile": "keelson-default",
            "oomScoreAdj": -500,
            "selinuxLabel": "system_u:system_r:container_t:s0:c1,c2",
            "ioPriority": { "class": "IOPRIO_CLASS_BE", "priority": 4 },
            "scheduler": { "policy": "SCHED_DEADLINE", "flags": ["SCHED_FLAG_RESET_ON_FORK", "SCHED_FLAG_RECLAIM"], "runtime": 100000, "deadline": 200000, "period": 300000 },
            "execCPUAffinity": { "initial": "0-1", "final": "1,3-5" }
          },
          "root": { "path": "rootfs", "readonly": true },
          "hostname": "cabin",
          "domainname": "harbour.example",
          "mounts": [
            { "destination": "/proc", "type": "proc", "source": "proc" },
            { "destination": "/data", "type": "bind", "source": "/srv/data", "options": ["rbind", "ro"],
              "uidMappings": [{ "containerID": 0, "hostID": 200000, "size": 65536 }],
              "gidMappings": [{ "containerID": 0, "hostID": 200000, "size": 65536 }] }
          ],
          "hooks": {
            "prestart": [{ "path": "/usr/bin/setkey", "args": ["setkey", "x"], "env": ["A=1"], "timeout": 5 }],
            "createRuntime": [{ "path": "/usr/bin/a" }],
            "createContainer": [{ "path": "/usr/bin/b" }],
            "startContainer": [{ "path": "/usr/bin/c" }],
            "poststart": [{ "path": "/usr/bin/d", "timeout": 30 }],
            "poststop": [{ "path": "/usr/sbin/e", "args": ["e"] }]
          },
          "annotations": { "org.example.key": "value", "org.example/empty": "" },
          "linux": {
            "namespaces": [
              { "type": "pid" }, { "type": "network", "path": "/run/netns/blue" }, { "type": "mount" }, { "type": "ipc" },
              { "type": "uts" }, { "type": "user" }, { "type": "cgroup" }, { "type": "time" }
            ],
            "uidMappings": [{ "containerID": 0, "hostID": 100000, "size": 65536 }],
            "gidMappings": [{ "containerID": 0, "hostID": 100000, "size": 65536 }],
            "timeOffsets": { "monotonic": { "secs": -172800 }, "boottime": { "secs": 86400, "nanosecs": 999999999 } },
            "devices": [
              { "path": "/dev/fuse", "type": "c", "major": 10, "minor": 229, "fileMode": 438, "uid": 0, "gid": 6 },
              { "path": "/dev/disk", "type": "b", "major": 8, "minor": 0 },
              { "path": "/dev/pipe", "type": "p" }
            ],
            "netDevices": { "eth7": { "name": "front" }, "eth8": {} },
            "cgroupsPath": "/fleet/cabin",
            "rootfsPropagation": "slave",
            "sysctl": { "net.ipv4.ip_forward": "1", "kernel.shmmax": "65536" },
            "seccomp": {
              "defaultAction": "SCMP_ACT_ERRNO",
              "defaultErrnoRet": 38,
              "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
              "flags": ["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],
              "listenerPath": "/run/agent.sock",
              "listenerMetadata": "colour=blue",
              "syscalls": [
                { "names": ["read", "write", "exit_group"], "action": "SCMP_ACT_ALLOW" },
                { "names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [{ "index": 0, "value": 8, "op": "SCMP_CMP_EQ" }] },
                { "names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{ "index": 0, "value": 2114060288, "valueTwo": 0, "op": "SCMP_CMP_MASKED_EQ" }] },
                { "names": ["mknod"], "action": "SCMP_ACT_NOTIFY" },
                { "names": ["ptrace"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1 }
              ]
            },
            "maskedPaths": ["/proc/kcore"],
            "readonlyPaths": ["/proc/sys"],
            "mountLabel": "system_u:object_r:container_file_t:s0:c1,c2",
            "intelRdt": { "closID": "gold", "schemata": ["L3:0=7f0;1=1f", "MB:0=20;1=70"], "l3CacheSchema": "L3:0=7f0", "memBwSchema": "MB:0=20", "enableMonitoring": true },
            "personality": { "domain": "LINUX32" },
            "memoryPolicy": { "mode": "MPOL_INTERLEAVE", "nodes": "0-1", "flags": ["MPOL_F_STATIC_NODES"] },
            "resources": {
              "devices": [
                { "allow": false, "access": "rwm" },
                { "allow": true, "type": "c", "major": 10, "minor": 229, "access": "rw" },
                { "allow": true, "type": "b", "major": 8, "access": "r" }
              ],
              "memory": { "limit": 536870912, "reservation": 268435456, "swap": -1, "kernel": -1, "kernelTCP": -1, "swappiness": 60,
                "disableOOMKiller": false, "useHierarchy": true, "checkBeforeUpdate": true },
              "cpu": { "shares": 1024, "quota": 50000, "burst": 10000, "period": 100000, "realtimeRuntime": 950000, "realtimePeriod": 1000000,
                "cpus": "0-1", "mems": "0", "idle": 0 },
              "pids": { "limit": 0 },
              "blockIO": {
                "weight": 500, "leafWeight": 300,
                "weightDevice": [{ "major": 8, "minor": 0, "weight": 500, "leafWeight": 300 }],
                "throttleReadBpsDevice": [{ "major": 8, "minor": 0, "rate": 600 }],
                "throttleWriteBpsDevice": [{ "major": 8, "minor": 1, "rate": 601 }],
                "throttleReadIOPSDevice": [{ "major": 8, "minor": 2, "rate": 602 }],
                "throttleWriteIOPSDevice": [{ "major": 8, "minor": 3, "rate": 18446744073709551615 }]
              },
              "hugepageLimits": [{ "pageSize": "2MB", "limit": 9223372036854772000 }],
              "network": { "classID": 1048577, "priorities": [{ "name": "eth0", "priority": 500 }] },
              "rdma": { "mlx5_1": { "hcaHandles": 3, "hcaObjects": 10000 }, "rxe3": { "hcaObjects": 1000 } },
              "unified": { "memory.high": "1073741824", "io.max": "259:0 rbps=2097152\n253:0 wiops=120" }
            }
          }
        }
        """;

    /// <summary>A sample as bytes.</summary>
    public static byte[] Utf8(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    /// <summary>Reads a configuration.</summary>
    public static RuntimeSpec Parse(string json) => RuntimeSpecParser.Parse(Utf8(json));
}
