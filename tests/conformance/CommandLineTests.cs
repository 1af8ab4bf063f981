using System.Text.Json.Nodes;

namespace Keelson.Conformance;

/// <summary>The command line itself: options, help, exit codes, version, log files. Rows R2 and R5.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly RuntimeUnderTest runtime = new();

    public void Dispose() => runtime.Dispose();

    [RootFact]
    public void Version_starts_with_three_lines_that_callers_read()
    {
        string[] lines = runtime.Run("--version").Succeeds().Lines;
        Assert.Matches(@"^\S+ version [0-9]+\.[0-9]+\.[0-9]+", lines[0]);
        Assert.StartsWith("commit: ", lines[1]);
        Assert.Matches("^spec: 1\\.", lines[2]);
    }

    [RootFact]
    public void Help_lists_the_commands()
    {
        string help = runtime.Run("--help").Succeeds().Stdout;
        foreach (string command in (string[])["checkpoint", "create", "delete", "events", "exec", "features", "kill", "list", "pause", "ps", "restore", "resume", "run", "spec", "start", "state", "update"])
            Assert.Contains(command, help);
    }

    [RootFact]
    [Reference("runc", "1.1.5: its help lists the command help, whose own help is that of all")]
    public void Each_command_of_the_help_has_a_help_of_its_own()
    {
        string[] commands = [.. runtime.Run("--help").Succeeds().Stdout.Split('\n').SkipWhile(line => line != "commands:").Skip(1).TakeWhile(line => line.Length > 0).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0])];
        Assert.Contains("mounts", commands);
        Assert.All(commands, command => Assert.StartsWith("usage: ", runtime.Run(command, "--help").Succeeds().Stdout, StringComparison.Ordinal));
    }

    [RootTheory]
    [InlineData("create")]
    [InlineData("exec")]
    [InlineData("update")]
    public void Help_of_a_command_lists_its_options(string command) => Assert.Contains("--", runtime.Run(command, "--help").Succeeds().Stdout);

    [RootTheory]
    [InlineData("state")]
    [InlineData("create")]
    [InlineData("start")]
    [InlineData("kill")]
    [InlineData("delete")]
    [InlineData("pause")]
    [InlineData("resume")]
    [InlineData("ps")]
    [InlineData("exec")]
    [InlineData("update")]
    [InlineData("events")]
    public void A_command_without_an_id_is_an_error(string command) => runtime.Run(command).Fails();

    [RootFact]
    public void Too_many_arguments_are_an_error() => runtime.Run("state", runtime.NewId(), "other").Fails();

    [RootFact]
    public void An_unknown_option_is_an_error() => runtime.Run("state", "--no-such-option", runtime.NewId()).Fails("no-such-option");

    [RootFact]
    public void An_unknown_global_option_is_an_error() => runtime.Run("--no-such-option", "list").Fails("no-such-option");

    [RootFact]
    [Reference("runc", "1.1.5: says 'No help topic for' it and ends with 3; every other wrong line ends with 1")]
    public void An_unknown_command_is_an_error() => runtime.Run("no-such-command").Exits(1).Fails("no-such-command");

    [RootTheory]
    [InlineData("--root=STATE", "list", "-q")]
    [InlineData("--root", "STATE", "list", "-q")]
    [InlineData("--debug", "--log=/dev/null", "--root", "STATE", "list", "--quiet")]
    [InlineData("--criu", "/nowhere/criu", "--root", "STATE", "list", "-q")]
    [InlineData("--rootless", "auto", "--root", "STATE", "list", "-q")]
    [InlineData("--rootless=false", "--root", "STATE", "list", "-q")]
    [InlineData("--systemd-cgroup=false", "--root", "STATE", "list", "-q")]
    public void Global_options_are_taken_with_a_space_or_an_equals_sign(params string[] arguments)
    {
        TestContainer container = runtime.StartSleeping();
        string[] line = [RuntimeUnderTest.Program, .. arguments.Select(a => a.Replace("STATE", runtime.StateDirectory, StringComparison.Ordinal))];
        Assert.Equal(container.Id + "\n", ChildProcess.Run(line).Succeeds().Stdout);
    }

    [RootFact]
    public void Two_roots_do_not_see_each_other()
    {
        TestContainer container = runtime.StartSleeping();
        string other = runtime.WorkDirectory + "/other";
        Assert.Equal("", ChildProcess.Run([RuntimeUnderTest.Program, "--root", other, "list", "-q"]).Succeeds().Stdout);
        ChildProcess.Run([RuntimeUnderTest.Program, "--root", other, "state", container.Id]).Fails("does not exist");
    }

    [RootFact]
    public void The_state_directory_is_made_when_it_is_missing_and_is_for_its_owner_alone()
    {
        runtime.StartSleeping();
        Assert.Equal(Linux.Errno.None, Linux.Sys.Files.TryStatus(runtime.StateDirectory, out Linux.Sys.FileStatus status));
        Assert.Equal(0u, status.Mode & 0b000_010_010);
    }

    [RootFact]
    public void A_log_file_in_json_ends_with_the_error()
    {
        string log = runtime.WorkDirectory + "/log.json";
        CommandResult result = runtime.Run("--log", log, "--log-format", "json", "state", runtime.NewId()).Exits(1);
        JsonObject[] lines = [.. File.ReadAllLines(log).Select(l => (JsonObject)JsonNode.Parse(l)!)];
        Assert.All(lines, l => Assert.True(l.ContainsKey("level") && l.ContainsKey("msg") && DateTimeOffset.TryParse((string?)l["time"], out _)));
        Assert.Equal("error", (string)lines[^1]["level"]!);
        Assert.Contains("does not exist", (string)lines[^1]["msg"]!);
        Assert.Contains("does not exist", result.Stderr);
    }

    [RootFact]
    public void A_log_file_in_text_has_level_and_message()
    {
        string log = runtime.WorkDirectory + "/log";
        runtime.Run("--log", log, "state", runtime.NewId()).Exits(1);
        Assert.Matches("level=error msg=.*does not exist", File.ReadAllText(log));
    }

    [RootFact]
    public void A_log_file_grows_from_call_to_call()
    {
        string log = runtime.WorkDirectory + "/log.json";
        runtime.Run("--log", log, "--log-format=json", "state", runtime.NewId()).Exits(1);
        runtime.Run("--log", log, "--log-format=json", "state", runtime.NewId()).Exits(1);
        Assert.Equal(2, File.ReadAllLines(log).Count(l => l.Contains("\"error\"", StringComparison.Ordinal)));
    }

    [RootFact]
    public void Debug_lines_go_to_the_log()
    {
        string log = runtime.WorkDirectory + "/log.json";
        TestContainer container = runtime.Container(runtime.Bundle("true"));
        runtime.Run("--debug", "--log", log, "--log-format", "json", "run", "--bundle", container.Bundle.Directory, container.Id).Succeeds();
        Assert.Contains(File.ReadAllLines(log), l => (string?)JsonNode.Parse(l)!["level"] == "debug");
    }

    [RootFact]
    public void An_error_of_the_container_s_set_up_reaches_the_log()
    {
        string log = runtime.WorkDirectory + "/log.json";
        TestContainer container = runtime.Container(runtime.Bundle("/bin/absent"));
        runtime.Run("--log", log, "--log-format", "json", "create", "--bundle", container.Bundle.Directory, container.Id).Exits(1);
        Assert.Contains("no such file or directory", (string)JsonNode.Parse(File.ReadAllLines(log)[^1])!["msg"]!);
    }

    [RootFact]
    public void An_unknown_log_format_is_an_error() => runtime.Run("--log-format", "xml", "list").Fails("xml");

    [RootFact]
    public void A_log_file_that_cannot_be_opened_is_an_error() => runtime.Run("--log", "/nowhere/log", "list").Fails("/nowhere/log");

    [RootFact]
    public void Spec_writes_a_configuration_that_runs()
    {
        BundleBuilder bundle = runtime.Bundle();
        runtime.Run("spec", "--bundle", bundle.Directory).Succeeds();
        JsonObject config = (JsonObject)JsonNode.Parse(File.ReadAllText(bundle.Directory + "/config.json"))!;
        Assert.Equal("rootfs", (string)config["root"]!["path"]!);
        Assert.True((bool)config["process"]!["terminal"]!);

        config["process"]!["terminal"] = false;
        config["process"]!["args"] = new JsonArray("echo", "runs");
        config["root"]!["path"] = BusyboxRootfs.Shared;
        config["linux"]!["cgroupsPath"] = bundle.CgroupsPath;
        File.WriteAllText(bundle.Directory + "/config.json", config.ToJsonString());

        Assert.Equal("runs\n", runtime.Run("run", "--bundle", bundle.Directory, runtime.NewId()).Succeeds().Stdout);
    }

    [RootFact]
    public void Spec_writes_into_the_working_directory_by_default()
    {
        string directory = Directory.CreateDirectory(runtime.WorkDirectory + "/empty").FullName;
        runtime.Run(new CommandOptions { Directory = directory }, "spec").Succeeds();
        Assert.True(File.Exists(directory + "/config.json"));
    }

    [RootFact]
    public void Spec_does_not_overwrite_a_configuration()
    {
        BundleBuilder bundle = runtime.Bundle().Write();
        string before = File.ReadAllText(bundle.Directory + "/config.json");
        runtime.Run("spec", "--bundle", bundle.Directory).Fails("exists");
        Assert.Equal(before, File.ReadAllText(bundle.Directory + "/config.json"));
    }

    [RootFact]
    public void Spec_for_rootless_has_a_user_namespace_and_no_network_namespace()
    {
        BundleBuilder bundle = runtime.Bundle();
        runtime.Run("spec", "--rootless", "--bundle", bundle.Directory).Succeeds();
        JsonNode linux = JsonNode.Parse(File.ReadAllText(bundle.Directory + "/config.json"))!["linux"]!;
        string[] types = [.. ((JsonArray)linux["namespaces"]!).Select(n => (string)n!["type"]!)];
        Assert.Contains("user", types);
        Assert.DoesNotContain("network", types);
        Assert.Single((JsonArray)linux["uidMappings"]!);
        Assert.Null(linux["resources"]);
    }
}
