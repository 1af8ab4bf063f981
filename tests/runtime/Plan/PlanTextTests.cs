using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;
using Keelson.Runtime.Plan;

namespace Keelson.Runtime.Tests.Plan;

public class PlanTextTests
{
    [Fact]
    public void Steps_read_as_calls_with_named_slots_flags_and_errors()
    {
        using SyscallPlan plan = new();
        Slot root = plan.NewSlot(), file = plan.NewSlot();
        nint status = plan.Allocate(144), empty = plan.Text("");
        plan.Call("open root", "/r", Syscall.open_tree, Files.AT_FDCWD, plan.Text("/r"), (int)(OpenTreeFlags.OPEN_TREE_CLONE | OpenTreeFlags.AT_RECURSIVE)).Into(root);
        plan.Call("open", "/proc", Syscall.openat2, root, plan.Text("proc"), plan.Value(new OpenHow { Flags = (ulong)OpenFlags.O_PATH, Resolve = (ulong)ResolveFlags.RESOLVE_IN_ROOT }), 24)
            .Into(file).Accept(Errno.ENOENT, Errno.ENOTDIR);
        int missing = plan.JumpIf(file, long.MinValue, long.MinValue);
        plan.Call("stat", "/proc", Syscall.newfstatat, file, empty, status, 0x1000);
        plan.Expect("is a directory", null, status + 24, FileStatus.S_IFDIR, FileStatus.S_IFMT, Errno.ENOTDIR);
        int done = plan.JumpAlways();
        plan.Land(missing);
        plan.Assign(file, -(long)Errno.ENOENT);
        plan.Fail("open", "/proc", file);
        plan.Land(done);
        plan.Call("set attributes of mount", "/r", Syscall.mount_setattr, root, empty, 0x9000, plan.Value(new MountAttributes { Set = MountAttributeFlags.MOUNT_ATTR_RDONLY, Propagation = MountPropagation.MS_PRIVATE }), 32);
        plan.Call("close", null, Syscall.close, root).AcceptAll();
        plan.Reach("hooks", 7, 3);
        plan.StoreInt(file, status + 8);
        plan.Call("set propagation of", "/", Syscall.mount, 0, plan.Text("/"), 0, (long)MountPropagation.MS_SLAVE | 16384, 0);
        plan.Call("die with", "the runtime", Syscall.prctl, 1, 9, 0, 0, 0);
        plan.Call("clone into", "namespaces", Syscall.clone, (long)CloneFlags.CLONE_PARENT | 17, 0, 0, 0, 0);
        plan.Call("exec: \"sh\"", null, Syscall.execve, file, plan.Vector(["sh", "-c", "echo \"a\"\n"]), plan.Vector(["A=1", "B=2", "C=3", "D=4", "E=5"]));

        Assert.Equal(
            """
                 0  $1 = open_tree(AT_FDCWD, "/r", OPEN_TREE_CLONE|AT_RECURSIVE)              open root /r
                 1  $2 = openat2($1, "proc", {O_PATH, RESOLVE_IN_ROOT}, 24) or ENOENT, ENOTDIR  open /proc
                 2  if $2 < 0 goto 6
                 3  newfstatat($2, "", &1, AT_EMPTY_PATH)                                     stat /proc
                 4  expect &1[24] & 0xf000 == 0x4000 or fail with ENOTDIR                     is a directory
                 5  goto 8
                 6  $2 = -ENOENT                                                              assign
                 7  fail with $2                                                              open /proc
                 8  mount_setattr($1, "", AT_EMPTY_PATH|AT_RECURSIVE, {set MOUNT_ATTR_RDONLY, MS_PRIVATE}, 32)  set attributes of mount /r
                 9  close($1) or any error                                                    close
                10  tell <channel> point 3, wait for the answer                               reach hooks
                11  &1[8] = $2, 32 bits                                                       store
                12  mount(NULL, "/", NULL, MS_SLAVE|MS_REC, NULL)                             set propagation of /
                13  prctl(PR_SET_PDEATHSIG, 9)                                                die with the runtime
                14  clone(CLONE_PARENT|SIGCHLD)                                               clone into namespaces
                15  execve($2, ["sh", "-c", "echo \"a\"\n"], ["A=1", "B=2", "C=3", "D=4", … 5])  exec: "sh"

            """, Write(plan), ignoreLineEndingDifferences: true);
    }

    [Fact]
    public void A_comparison_of_two_places_names_both()
    {
        using SyscallPlan plan = new();
        nint first = plan.Allocate(144), second = plan.Allocate(144), empty = plan.Text("");
        plan.Call("stat", "/a", Syscall.newfstatat, 3, empty, first, 0x1000);
        plan.Call("stat", "/b", Syscall.newfstatat, 4, empty, second, 0x1000);
        plan.Land(plan.JumpIfSame(first, second));
        Assert.Contains("if &1 is &2 goto 3", Write(plan), StringComparison.Ordinal);
    }

    [Fact]
    public void A_call_that_has_no_signature_shows_what_it_has()
    {
        using SyscallPlan plan = new();
        plan.Call("sync", "all", Syscall.syncfs, 3, 0, plan.Text("text"));
        Assert.StartsWith("     0  syncfs(3, 0, \"text\")", Write(plan));
    }

    [RootFact]
    public void The_plan_of_a_new_bundle_goes_from_the_namespaces_to_the_program()
    {
        string[] lines = Plan(SpecTemplate.Create());
        Assert.Equal("the child, cloned with CLONE_NEWNS|CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWPID|CLONE_NEWNET:", lines[0]);
        string[] order = ["set up lo", "set hostname keelson", "open root", "mount proc on /proc", "mask", "pivot_root", "open console", "setgroups", "set no_new_privs", "exec: \"sh\""];
        int[] places = [.. order.Select(step => Array.FindIndex(lines, line => line.Contains(step == "mask" ? "/proc/kcore" : step, StringComparison.Ordinal)))];
        Assert.DoesNotContain(-1, places);
        // After the program only its absence is reported.
        int program = Array.FindIndex(lines, line => line.Contains("execve(", StringComparison.Ordinal));
        Assert.True(program > places[^2], "execve is not the last thing");
        Assert.DoesNotContain(lines[(program + 1)..], line => line.Contains("mount(", StringComparison.Ordinal) || line.Contains("capset(", StringComparison.Ordinal));
    }

    [RootFact]
    public void Every_call_of_a_rich_configuration_has_a_signature()
    {
        RuntimeSpec spec = SpecTemplate.Create();
        spec.Process!.Terminal = true;
        spec.Process.User = new UserSpec { Uid = 5, Gid = 6, AdditionalGids = [7], Umask = 7 };
        spec.Process.Scheduler = new SchedulerSpec { Policy = SchedulerPolicy.SCHED_BATCH };
        spec.Process.IoPriority = new IoPrioritySpec { Class = IoPriorityClass.IOPRIO_CLASS_BE, Priority = 4 };
        spec.Process.ExecCpuAffinity = new ExecCpuAffinity { Initial = "0" };
        spec.Process.OomScoreAdj = 5;
        spec.Domainname = "example";
        spec.Mounts = [.. spec.Mounts, new MountSpec { Destination = "/mnt", Type = "bind", Source = "/tmp", Options = ["rbind", "rro", "rslave"] }];
        spec.Linux!.Personality = new PersonalitySpec { Domain = PersonalityDomain.LINUX32 };
        spec.Linux.MemoryPolicy = new MemoryPolicySpec { Mode = MemoryPolicyMode.MPOL_LOCAL };
        spec.Linux.RootfsPropagation = "shared";
        spec.Linux.Seccomp = new SeccompProfile { DefaultAction = SeccompAction.SCMP_ACT_ALLOW };
        spec.Linux.Devices = [new DeviceSpec { Path = "/dev/fifo", Type = DeviceKind.Fifo, Uid = 5 }];
        spec.Linux.Namespaces = [.. spec.Linux.Namespaces, new NamespaceSpec { Type = NamespaceKind.Time }, new NamespaceSpec { Type = NamespaceKind.Cgroup }];
        spec.Linux.TimeOffsets = new Dictionary<string, TimeOffset> { ["boottime"] = new TimeOffset { Secs = 5 } };
        spec.Hooks = new HookSet { Prestart = [new HookSpec { Path = "/bin/true" }] };

        string[] calls = [.. Plan(spec).Where(line => line.Length > 8 && char.IsAsciiDigit(line[5])).Select(line => line[8..])];
        string[] names = [.. calls.Select(c => c.Contains(" = ", StringComparison.Ordinal) && c[0] is '$' ? c[(c.IndexOf('=') + 2)..] : c).Where(c => c.Contains('(')).Select(c => c[..c.IndexOf('(')]).Distinct()];

        Assert.True(names.Length > 35, string.Join(' ', names));
        Assert.All(names.Where(n => !n.Contains(' ')), name => Assert.True(PlanText.Knows(Enum.Parse<Syscall>(name)), name));
    }

    [RootFact]
    public void A_plan_leaves_no_state()
    {
        string root = TestDirectory.Make("root");
        Plan(SpecTemplate.Create(), root + "/state");
        Assert.False(Directory.Exists(root + "/state"));
        TestDirectory.Remove(root);
    }

    private static string Write(SyscallPlan plan)
    {
        PlanText text = new(new Dictionary<int, string> { [7] = "channel" });
        text.Add(plan);
        return text.ToString();
    }

    private static string[] Plan(RuntimeSpec spec, string? root = null)
    {
        string bundle = TestDirectory.Make("bundle");
        try
        {
            Directory.CreateDirectory(bundle + "/rootfs");
            File.WriteAllBytes(bundle + "/config.json", RuntimeSpecWriter.ToUtf8(spec));
            ContainerRuntime runtime = new(root is null ? new RuntimeOptions() : new RuntimeOptions { Root = root });
            return runtime.Plan(new CreateOptions { Id = "x", Bundle = bundle }).TrimEnd('\n').Split('\n');
        }
        finally
        {
            TestDirectory.Remove(bundle);
        }
    }
}
