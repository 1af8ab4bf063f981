using System.Reflection;
using System.Text.RegularExpressions;

namespace Keelson.Linux.Tests;

/// <summary>Structures that the kernel reads or writes lie in memory as the C headers say.</summary>
public partial class StructLayoutTests
{
    /// <summary>One line a structure: ours, the C type, and for each of our fields in their order the C name, or "-" for padding and parts of an array.</summary>
    private static readonly Layout[] Layouts =
    [
        new("Keelson.Linux.Sys.FileStatus", "struct stat", "st_dev st_ino st_nlink st_mode st_uid st_gid - st_rdev st_size st_blksize st_blocks "
            + "st_atim.tv_sec st_atim.tv_nsec st_mtim.tv_sec st_mtim.tv_nsec st_ctim.tv_sec st_ctim.tv_nsec - - -"),
        new("Keelson.Linux.Sys.FileTime", "struct timespec", "tv_sec tv_nsec"),
        new("Keelson.Linux.Sys.FileSystemStatus", "struct statfs",
            "f_type f_bsize f_blocks f_bfree f_bavail f_files f_ffree f_fsid f_namelen f_frsize f_flags - - - -"),
        new("Keelson.Linux.Sys.OpenHow", "struct open_how", "flags mode resolve"),
        new("Keelson.Linux.Sys.PollEntry", "struct pollfd", "fd events revents"),
        new("Keelson.Linux.Sys.MessageHeader", "struct msghdr", "msg_name msg_namelen - msg_iov msg_iovlen msg_control msg_controllen msg_flags -"),
        new("Keelson.Linux.Sys.EpollEvent", "struct epoll_event", "events data"),
        new("Keelson.Linux.Sys.PeerCredentials", "struct ucred", "pid uid gid"),
        new("Keelson.Linux.Sys.IoVector", "struct iovec", "iov_base iov_len"),
        new("Keelson.Linux.Sys.Signals+SignalAction", "struct sigaction", "sa_handler sa_mask sa_flags sa_restorer"),
        new("Keelson.Linux.Sys.MountAttributes", "struct mount_attr", "attr_set attr_clr propagation userns_fd"),
        new("Keelson.Linux.Sys.UserNamespaces+CloneArguments", "struct clone_args",
            "flags pidfd child_tid parent_tid exit_signal stack stack_size tls set_tid set_tid_size cgroup"),
        new("Keelson.Linux.Sys.ProjectQuotas+ProjectAttributes", "struct fsxattr", "fsx_xflags fsx_extsize fsx_nextents fsx_projid fsx_cowextsize - -"),
        new("Keelson.Linux.Sys.ProjectQuotas+QuotaBlock", "struct if_dqblk", "dqb_bhardlimit dqb_bsoftlimit dqb_curspace dqb_ihardlimit dqb_isoftlimit dqb_curinodes dqb_btime dqb_itime dqb_valid"),
        new("Keelson.Linux.Sys.TerminalMode", "struct termios", "c_iflag c_oflag c_cflag c_lflag c_line c_cc", IsUapi: true),
        new("Keelson.Linux.Sys.BpfInstruction", "struct bpf_insn", "code - off imm"),
        new("Keelson.Linux.Sys.Bpf+LoadAttributes", "union bpf_attr",
            "prog_type insn_cnt insns license log_level log_size log_buf kern_version prog_flags prog_name", IsStart: true),
        new("Keelson.Linux.Sys.Bpf+AttachAttributes", "union bpf_attr", "target_fd attach_bpf_fd attach_type attach_flags replace_bpf_fd", IsStart: true),
        new("Keelson.Linux.Sys.Bpf+QueryAttributes", "union bpf_attr",
            "query.target_fd query.attach_type query.query_flags query.attach_flags query.prog_ids query.prog_cnt -", IsStart: true),
        new("Keelson.Linux.Sys.Bpf+IdAttributes", "union bpf_attr", "prog_id next_id open_flags", IsStart: true),
        new("Keelson.Linux.Sys.Sockets+NetlinkAddress", "struct sockaddr_nl", "nl_family nl_pad nl_pid nl_groups"),
        new("Keelson.Netlink.NetlinkHeader", "struct nlmsghdr", "nlmsg_len nlmsg_type nlmsg_flags nlmsg_seq nlmsg_pid"),
        new("Keelson.Netlink.AttributeHeader", "struct nlattr", "nla_len nla_type"),
        new("Keelson.Netlink.LinkHeader", "struct ifinfomsg", "ifi_family - ifi_type ifi_index ifi_flags ifi_change"),
        new("Keelson.Netlink.AddressHeader", "struct ifaddrmsg", "ifa_family ifa_prefixlen ifa_flags ifa_scope ifa_index"),
        new("Keelson.Netlink.RouteHeader", "struct rtmsg", "rtm_family rtm_dst_len rtm_src_len rtm_tos rtm_table rtm_protocol rtm_scope rtm_type rtm_flags"),
        new("Keelson.Netlink.NeighbourHeader", "struct ndmsg", "ndm_family ndm_pad1 ndm_pad2 ndm_ifindex ndm_state ndm_flags ndm_type"),
        new("Keelson.Netlink.TrafficHeader", "struct tcmsg", "tcm_family - - tcm_ifindex tcm_handle tcm_parent tcm_info"),
        new("Keelson.Netlink.RateSpecification", "struct tc_ratespec", "cell_log linklayer overhead cell_align mpu rate"),
        new("Keelson.Netlink.TokenBucketOptions", "struct tc_tbf_qopt", "rate peakrate limit buffer mtu"),
        new("Keelson.Netlink.Netfilter.NetfilterHeader", "struct nfgenmsg", "nfgen_family version res_id"),
        new("Keelson.Netlink.AddressLifetimes", "struct ifa_cacheinfo", "ifa_prefered ifa_valid cstamp tstamp"),
        new("Keelson.Runtime.Compile.SchedulingSteps+SchedulerAttributes", "struct sched_attr",
            "size sched_policy sched_flags sched_nice sched_priority sched_runtime sched_deadline sched_period", IsStart: true),
        new("Keelson.Runtime.Compile.ForgetBinarySteps+MemoryMap", "struct prctl_mm_map",
            "start_code end_code start_data end_data start_brk brk start_stack arg_start arg_end env_start env_end auxv auxv_size exe_fd"),
        new("Keelson.Runtime.Start.ProgramImage+FileHeader", "Elf64_Ehdr", "- - - e_type e_machine e_version e_entry e_phoff e_shoff "
            + "e_flags e_ehsize e_phentsize e_phnum", IsStart: true),
        new("Keelson.Linux.Sys.ProgramHeader", "Elf64_Phdr", "p_type p_flags p_offset p_vaddr p_paddr p_filesz p_memsz p_align"),
        new("Keelson.Seccomp.BpfInstruction", "struct sock_filter", "code jt jf k"),
    ];

    /// <summary>Structures of ours alone, laid out for code that runs after clone.</summary>
    private static readonly string[] NotTheKernels = ["Keelson.Runtime.Plan.Step"];

    /// <param name="TypeName">Full name of our structure.</param>
    /// <param name="CType">Its name in C.</param>
    /// <param name="CFields">Names in C, separated by spaces.</param>
    /// <param name="IsStart">Ours ends before the C type does, as the kernel allows where it is told the size.</param>
    /// <param name="IsUapi">libc has another structure of this name; ours is the kernel's.</param>
    private sealed record Layout(string TypeName, string CType, string CFields, bool IsStart = false, bool IsUapi = false)
    {
        public Type Type => Types.Single(type => type.FullName == TypeName);

        public string[] Names => CFields.Split(' ');

        public FieldInfo[] Fields =>
            [.. Type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).OrderBy(member => ManagedLayout.Of(member).Offset)];
    }

    private static IEnumerable<Type> Types => OurAssemblies.All.SelectMany(assembly => assembly.GetTypes());

    public static TheoryData<string> Names => [.. Layouts.Select(layout => layout.TypeName)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_structure_lies_in_memory_as_in_C(string name)
    {
        Layout layout = Layouts.Single(l => l.TypeName == name);
        string[] known = [.. layout.Names.Where(field => field != "-")];
        string size = $"sizeof({layout.CType})";
        string Offset(string field) => $"offsetof({layout.CType}, {field})";
        string Size(string field) => $"sizeof((({layout.CType} *)0)->{field})";
        Dictionary<string, long> c = CHeaders.Evaluate([size, .. known.Select(Offset), .. known.Select(Size)], layout.IsUapi);

        Assert.Equal(layout.Names.Length, layout.Fields.Length);
        if (layout.IsStart) Assert.InRange(ManagedLayout.SizeOf(layout.Type), 1, c[size]);
        else Assert.Equal(c[size], ManagedLayout.SizeOf(layout.Type));
        for (int i = 0; i < layout.Fields.Length; i++)
        {
            string field = layout.Names[i];
            (int offset, int bytes) = ManagedLayout.Of(layout.Fields[i]);
            if (field != "-") Assert.Equal($"{field} at {c[Offset(field)]}, {c[Size(field)]} bytes", $"{field} at {offset}, {bytes} bytes");
        }
    }

    [Fact]
    public void Every_structure_with_a_declared_layout_is_in_the_table()
    {
        HashSet<string> declared =
        [
            .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "src"), "*.cs", SearchOption.AllDirectories)
                .SelectMany(path => DeclaredLayout().Matches(File.ReadAllText(path))).Select(match => match.Groups[1].Value),
        ];
        string[] forgotten =
        [
            .. Types.Where(type => type.IsValueType && declared.Contains(type.Name)).Select(type => type.FullName!)
                .Except(Layouts.Select(layout => layout.TypeName)).Except(NotTheKernels),
        ];
        Assert.True(declared.Count >= Layouts.Length / 2, $"only {declared.Count} declarations were found");
        Assert.True(forgotten.Length == 0, $"no line for {string.Join(", ", forgotten)}");
    }

    [GeneratedRegex(@"\[StructLayout\(LayoutKind\.(?:Sequential|Explicit)[^\]]*\)\]\s*(?:\w+\s+)*struct\s+(\w+)")]
    private static partial Regex DeclaredLayout();
}
