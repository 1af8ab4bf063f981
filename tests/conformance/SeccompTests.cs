using System.Text.Json.Nodes;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Conformance;

/// <summary>runtime-spec config-linux "Seccomp": actions, arguments, errors, notification. Rows R25 and R26.</summary>
public sealed class SeccompTests : IDisposable
{
    // getpriority(which, who): harmless with any arguments, and the rules under test see both.
    private const int GetPriority = (int)Syscall.getpriority;
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootFact]
    public void A_filter_is_in_force()
    {
        ProbeReport report = new(runtime.RunBundle(Filtered(runtime.Bundle("probe"), Rule("mkdir", "SCMP_ACT_ERRNO"))).Succeeds().Stdout);
        Assert.Equal("2", report["Seccomp"]);
        Assert.Equal("1", report["Seccomp_filters"]);
    }

    [RootFact]
    public void Without_a_profile_there_is_no_filter() => Assert.Equal("0", new ProbeReport(runtime.RunBundle(runtime.Bundle("probe")).Succeeds().Stdout)["Seccomp"]);

    [RootTheory]
    [InlineData("", "-1 EPERM")]
    [InlineData(", \"errnoRet\": 38", "-1 ENOSYS")]
    [InlineData(", \"errnoRet\": 95", "-1 EOPNOTSUPP")]
    public void A_system_call_fails_with_the_error_of_the_rule(string errnoRet, string expected)
    {
        string rule = $$"""{"names": ["getpriority"], "action": "SCMP_ACT_ERRNO"{{errnoRet}}}""";
        Assert.Equal(expected, runtime.RunBundle(Filtered(runtime.Bundle("probe", "call", "140", "0", "0"), rule)).Succeeds().Text);
    }

    [RootTheory]
    [InlineData("SCMP_ACT_KILL_PROCESS", "Bad system call")]
    [InlineData("SCMP_ACT_KILL", "Bad system call")]
    [InlineData("SCMP_ACT_KILL_THREAD", "Bad system call")]
    [InlineData("SCMP_ACT_TRAP", "Bad system call")]
    public void A_system_call_ends_the_process(string action, string message)
    {
        BundleBuilder bundle = Filtered(runtime.Bundle().Shell("probe call 140 0 0; echo $?"), Rule("getpriority", action));
        CommandResult result = runtime.RunBundle(bundle).Succeeds();
        Assert.Equal("159\n", result.Stdout);
        Assert.Contains(message, result.Stderr);
    }

    [RootTheory]
    [InlineData("SCMP_ACT_ALLOW", "20 ok")]
    [InlineData("SCMP_ACT_LOG", "20 ok")]
    [InlineData("SCMP_ACT_TRACE", "-1 ENOSYS")]
    public void A_system_call_is_let_through_logged_or_given_to_a_tracer(string action, string expected) => Assert.Equal(
        expected, runtime.RunBundle(Filtered(runtime.Bundle("probe", "call", "140", "0", "0"), Rule("getpriority", action))).Succeeds().Text);

    [RootTheory]
    [InlineData("SCMP_CMP_EQ", 7, 7, true)]
    [InlineData("SCMP_CMP_EQ", 7, 8, false)]
    [InlineData("SCMP_CMP_NE", 7, 8, true)]
    [InlineData("SCMP_CMP_NE", 7, 7, false)]
    [InlineData("SCMP_CMP_LT", 7, 6, true)]
    [InlineData("SCMP_CMP_LT", 7, 7, false)]
    [InlineData("SCMP_CMP_LE", 7, 7, true)]
    [InlineData("SCMP_CMP_LE", 7, 8, false)]
    [InlineData("SCMP_CMP_GE", 7, 7, true)]
    [InlineData("SCMP_CMP_GE", 7, 6, false)]
    [InlineData("SCMP_CMP_GT", 7, 8, true)]
    [InlineData("SCMP_CMP_GT", 7, 7, false)]
    [InlineData("SCMP_CMP_EQ", 4294967303, 7, false)]
    [InlineData("SCMP_CMP_EQ", 4294967303, 4294967303, true)]
    [InlineData("SCMP_CMP_GT", 4294967296, 7, false)]
    [InlineData("SCMP_CMP_LT", 4294967296, 7, true)]
    public void An_argument_is_compared_with_all_64_bits(string op, long value, long argument, bool matches)
    {
        string rule = $$"""{"names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95, "args": [{"index": 1, "value": {{value}}, "op": "{{op}}"}]}""";
        string output = runtime.RunBundle(Filtered(runtime.Bundle("probe", "call", "140", "0", argument.ToString()), rule)).Succeeds().Text;
        Assert.Equal(matches, output == "-1 EOPNOTSUPP");
    }

    [RootTheory]
    [InlineData(0x105, true)]
    [InlineData(0x005, true)]
    [InlineData(0x006, false)]
    public void An_argument_is_compared_under_a_mask(long argument, bool matches)
    {
        string rule = """{"names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95, "args": [{"index": 1, "value": 255, "valueTwo": 5, "op": "SCMP_CMP_MASKED_EQ"}]}""";
        string output = runtime.RunBundle(Filtered(runtime.Bundle("probe", "call", "140", "0", argument.ToString()), rule)).Succeeds().Text;
        Assert.Equal(matches, output == "-1 EOPNOTSUPP");
    }

    [RootTheory]
    [InlineData("1", "2", true)]
    [InlineData("1", "3", false)]
    [InlineData("0", "2", false)]
    public void All_arguments_of_a_rule_must_match(string first, string second, bool matches)
    {
        string rule = """
            {"names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95,
             "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_EQ"}, {"index": 1, "value": 2, "op": "SCMP_CMP_EQ"}]}
            """;
        string output = runtime.RunBundle(Filtered(runtime.Bundle("probe", "call", "140", first, second), rule)).Succeeds().Text;
        Assert.Equal(matches, output == "-1 EOPNOTSUPP");
    }

    [RootFact]
    public void Several_rules_for_one_system_call_each_count()
    {
        string[] rules = ["""{"names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95, "args": [{"index": 1, "value": 1, "op": "SCMP_CMP_EQ"}]}""",
            """{"names": ["getpriority"], "action": "SCMP_ACT_ERRNO", "errnoRet": 75, "args": [{"index": 1, "value": 2, "op": "SCMP_CMP_EQ"}]}"""];
        BundleBuilder bundle = Filtered(runtime.Bundle().Shell("probe call 140 0 1; probe call 140 0 2; probe call 140 0 0"), rules);
        Assert.Equal(["-1 EOPNOTSUPP", "-1 EOVERFLOW", "20 ok"], runtime.RunBundle(bundle).Succeeds().Lines);
    }

    [RootFact]
    public void What_no_rule_names_gets_the_default_action()
    {
        BundleBuilder bundle = AllowAllBut("getpriority", runtime.Bundle("probe", "call", "140", "0", "0"), "SCMP_ACT_ERRNO", 1);
        Assert.Equal("-1 EPERM", runtime.RunBundle(bundle).Succeeds().Text);
    }

    [RootFact]
    public void The_default_action_has_an_error_of_its_own()
    {
        BundleBuilder bundle = AllowAllBut("getpriority", runtime.Bundle("probe", "call", "140", "0", "0"), "SCMP_ACT_ERRNO", 95);
        Assert.Equal("-1 EOPNOTSUPP", runtime.RunBundle(bundle).Succeeds().Text);
    }

    [RootFact]
    public void A_system_call_newer_than_the_profile_is_ENOSYS_and_not_the_default_error()
    {
        BundleBuilder bundle = AllowAllBut("getpriority", runtime.Bundle("probe", "call", "2000"), "SCMP_ACT_ERRNO", 1);
        Assert.Equal("-1 ENOSYS", runtime.RunBundle(bundle).Succeeds().Text);
    }

    [RootFact]
    public void Names_that_the_kernel_does_not_have_are_passed_over()
    {
        string rule = """{"names": ["no_such_call", "getpriority", "another_one"], "action": "SCMP_ACT_ERRNO", "errnoRet": 95}""";
        Assert.Equal("-1 EOPNOTSUPP", runtime.RunBundle(Filtered(runtime.Bundle("probe", "call", "140", "0", "0"), rule)).Succeeds().Text);
    }

    [RootFact]
    public void Calls_of_the_x32_numbers_are_not_a_way_around()
    {
        // __X32_SYSCALL_BIT.
        long number = 0x40000000 + GetPriority;
        BundleBuilder bundle = Filtered(runtime.Bundle("sh", "-c", $"probe call {number} 0 0; echo $?"), Rule("getpriority", "SCMP_ACT_ERRNO"));
        Assert.DoesNotContain("ok", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [RootTheory]
    [InlineData("SECCOMP_FILTER_FLAG_LOG")]
    [InlineData("SECCOMP_FILTER_FLAG_SPEC_ALLOW")]
    [InlineData("SECCOMP_FILTER_FLAG_TSYNC")]
    [Reference("runc", "1.1.5 has no flags; crun passes")]
    public void A_flag_is_accepted(string flag)
    {
        BundleBuilder bundle = Filtered(runtime.Bundle("probe", "call", "140", "0", "0"), Rule("getpriority", "SCMP_ACT_ERRNO")).SetJson("linux.seccomp.flags", $"[\"{flag}\"]");
        Assert.Equal("-1 EPERM", runtime.RunBundle(bundle).Succeeds().Text);
    }

    [RootTheory]
    [InlineData("linux.seccomp.defaultAction", "\"SCMP_ACT_NOTHING\"")]
    [InlineData("linux.seccomp.architectures", "[\"SCMP_ARCH_NOTHING\"]")]
    [InlineData("linux.seccomp.flags", "[\"SECCOMP_FILTER_FLAG_NOTHING\"]")]
    [InlineData("linux.seccomp.syscalls", """[{"names": ["mkdir"], "action": "SCMP_ACT_NOTHING"}]""")]
    [InlineData("linux.seccomp.syscalls", """[{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 0, "value": 1, "op": "SCMP_CMP_NOTHING"}]}]""")]
    [InlineData("linux.seccomp.syscalls", """[{"names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 6, "value": 1, "op": "SCMP_CMP_EQ"}]}]""")]
    public void A_profile_that_cannot_be_is_refused(string path, string json)
    {
        BundleBuilder bundle = Filtered(runtime.Bundle("true"), Rule("mkdir", "SCMP_ACT_ERRNO"));
        bundle.SetJson(path, json);
        runtime.Container(bundle).TryCreate().Fails();
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    public void An_exec_is_filtered_too()
    {
        TestContainer container = runtime.Start(Filtered(runtime.Bundle("sleep", "1000"), Rule("getpriority", "SCMP_ACT_ERRNO")));
        Assert.Equal("-1 EPERM", container.Exec("probe", "call", "140", "0", "0").Succeeds().Text);
        Assert.Equal("2", new ProbeReport(container.Exec("probe").Succeeds().Stdout)["Seccomp"]);
    }

    [RootTheory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_filter_works_with_and_without_no_new_privileges_for_an_ordinary_user(bool noNewPrivileges)
    {
        BundleBuilder bundle = Filtered(runtime.Bundle("probe", "call", "140", "0", "0"), Rule("getpriority", "SCMP_ACT_ERRNO"))
            .Set("process.noNewPrivileges", noNewPrivileges).SetJson("process.user", """{"uid": 1000, "gid": 1000}""").SetJson("process.capabilities", "{}");
        Assert.Equal("-1 EPERM", runtime.RunBundle(bundle).Succeeds().Text);
    }

    [RootFact]
    public void The_runtime_s_own_calls_are_not_filtered()
    {
        // Everything that sets a container up, and execve(2) alone has to pass the filter.
        BundleBuilder bundle = Filtered(runtime.Bundle("true"), """{"names": ["mount", "umount2", "pivot_root", "setns", "unshare", "sethostname", "setgid", "setuid", "setgroups", "capset"], "action": "SCMP_ACT_KILL_PROCESS"}""")
            .Set("process.noNewPrivileges", true);
        runtime.RunBundle(bundle).Succeeds();
    }

    [RootFact]
    public void A_listener_answers_in_the_kernel_s_place()
    {
        using ConsoleSocket socket = new(runtime.WorkDirectory);
        BundleBuilder bundle = Notified(runtime.Bundle("probe", "call", "140", "3", "4"), socket);
        ChildProcess run = Run(bundle, out TestContainer container);
        using SeccompListener listener = new(socket.Receive(out string text));

        (ulong id, _, int number, ulong[] arguments) = listener.Receive();
        listener.Answer(id, value: 77);

        Assert.Equal((GetPriority, 3UL, 4UL), (number, arguments[0], arguments[1]));
        Assert.Equal("77 ok\n", run.WaitForEnd().Succeeds().Stdout);
        JsonNode message = JsonNode.Parse(text)!;
        Assert.StartsWith("1.", (string)message["ociVersion"]!);
        Assert.Equal("seccompFd", (string)Assert.Single((JsonArray)message["fds"]!)!);
        Assert.True((int)message["pid"]! > 0);
        Assert.Equal("some metadata", (string)message["metadata"]!);
        Assert.Equal(container.Id, (string)message["state"]!["id"]!);
        Assert.Equal(bundle.Directory, (string)message["state"]!["bundle"]!);
    }

    [RootFact]
    public void A_listener_answers_with_an_error_or_lets_a_call_through()
    {
        using ConsoleSocket socket = new(runtime.WorkDirectory);
        ChildProcess run = Run(Notified(runtime.Bundle().Shell("probe call 140 0 0; probe call 140 0 0"), socket), out _);
        using SeccompListener listener = new(socket.Receive(out _));
        listener.Answer(listener.Receive().Id, error: Errno.ENOMEDIUM);
        listener.Answer(listener.Receive().Id, proceed: true);
        Assert.Equal("-1 ENOMEDIUM\n20 ok\n", run.WaitForEnd().Succeeds().Stdout);
    }

    [RootFact]
    public void An_exec_has_a_listener_of_its_own()
    {
        using ConsoleSocket socket = new(runtime.WorkDirectory);
        TestContainer container = runtime.Container(Notified(runtime.Bundle("sleep", "1000"), socket));
        container.Create();
        ChildProcess start = runtime.StartCommand(new CommandOptions(), "start", container.Id);
        using SeccompListener first = new(socket.Receive(out _));
        start.WaitForEnd().Succeeds();
        ChildProcess exec = runtime.StartCommand(new CommandOptions(), "exec", container.Id, "probe", "call", "140", "0", "0");
        using SeccompListener second = new(socket.Receive(out _));
        second.Answer(second.Receive().Id, value: 5);
        Assert.Equal("5 ok\n", exec.WaitForEnd().Succeeds().Stdout);
    }

    [RootFact]
    public void A_listener_that_nobody_is_behind_is_an_error()
    {
        BundleBuilder bundle = Filtered(runtime.Bundle("true"), Rule("getpriority", "SCMP_ACT_NOTIFY")).Set("linux.seccomp.listenerPath", runtime.WorkDirectory + "/absent.sock");
        runtime.RunBundle(bundle).Fails();
        Assert.Empty(runtime.FindLeaks());
    }

    [RootFact]
    public void Notification_without_a_listener_path_is_refused()
    {
        runtime.Container(Filtered(runtime.Bundle("true"), Rule("getpriority", "SCMP_ACT_NOTIFY"))).TryCreate().Fails("listener");
        Assert.Empty(runtime.FindLeaks());
    }

    private ChildProcess Run(BundleBuilder bundle, out TestContainer container)
    {
        container = runtime.Container(bundle);
        return runtime.StartCommand(new CommandOptions(), "run", "--bundle", bundle.Directory, container.Id);
    }

    private static BundleBuilder Notified(BundleBuilder bundle, ConsoleSocket socket) => Filtered(bundle, Rule("getpriority", "SCMP_ACT_NOTIFY"))
        .Set("linux.seccomp.listenerPath", socket.SocketPath).Set("linux.seccomp.listenerMetadata", "some metadata");

    private static BundleBuilder Filtered(BundleBuilder bundle, params string[] rules) => bundle.SetJson("linux.seccomp",
        $$"""{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"], "syscalls": [{{string.Join(',', rules)}}]}""");

    // An allow list of every call that the kernel has, save one: what profiles of docker look like.
    private static BundleBuilder AllowAllBut(string name, BundleBuilder bundle, string action, int errno)
    {
        JsonArray names = [.. Enum.GetNames<Syscall>().Where(n => n != name).Select(n => (JsonNode)n)];
        return bundle.SetJson("linux.seccomp", $$"""
            {"defaultAction": "{{action}}", "defaultErrnoRet": {{errno}}, "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [{"names": {{names.ToJsonString()}}, "action": "SCMP_ACT_ALLOW"}]}
            """);
    }

    private static string Rule(string name, string action) => $$"""{"names": ["{{name}}"], "action": "{{action}}"}""";
}
