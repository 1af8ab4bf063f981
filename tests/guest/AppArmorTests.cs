using System.Text.Json.Nodes;

namespace Keelson.Guest;

/// <summary>Profiles of AppArmor that really confine. Row R28.</summary>
public sealed class AppArmorTests : IDisposable
{
    private const string Profile = "keelson-test";
    private readonly RuntimeUnderTest runtime = new();
    private readonly string file;

    public AppArmorTests()
    {
        file = runtime.WorkDirectory + "/profile";
        if (Needs.Missing(Need.AppArmor) is not null) return;
        File.WriteAllText(file, $$"""
            profile {{Profile}} flags=(attach_disconnected,mediate_deleted) {
              capability,
              file,
              mount,
              pivot_root,
              signal,
              unix,
              deny /tmp/forbidden rwklx,
            }

            """);
        ChildProcess.Run(["apparmor_parser", "--replace", "--skip-cache", file], new CommandOptions { Limit = TimeSpan.FromMinutes(2) }).Succeeds();
    }

    public void Dispose()
    {
        if (Needs.Missing(Need.AppArmor) is null) ChildProcess.Run(["apparmor_parser", "--remove", file], new CommandOptions { Limit = TimeSpan.FromMinutes(2) }).Succeeds();
        runtime.Dispose();
    }

    [AppArmorFact]
    public void The_program_runs_under_its_profile() =>
        Assert.Equal(Profile + " (enforce)\n", runtime.RunBundle(Confined("cat", "/proc/self/attr/current")).Succeeds().Stdout);

    [AppArmorFact]
    public void What_the_profile_denies_is_denied()
    {
        BundleBuilder bundle = Confined("sh", "-c", "echo x > /tmp/allowed && echo wrote; echo x > /tmp/forbidden || echo denied").Mount("/tmp", "tmpfs", "tmpfs");
        Assert.Equal("wrote\ndenied\n", runtime.RunBundle(bundle).Succeeds().Stdout);
    }

    [AppArmorFact]
    public void A_profile_and_no_new_privileges_go_together() =>
        Assert.Equal(Profile + " (enforce)\n", runtime.RunBundle(Confined("cat", "/proc/self/attr/current").Set("process.noNewPrivileges", true)).Succeeds().Stdout);

    [AppArmorFact]
    public void Exec_keeps_the_profile_and_takes_another()
    {
        TestContainer container = runtime.Start(Confined("sleep", "1000"));
        Assert.Equal(Profile + " (enforce)\n", container.Exec("cat", "/proc/self/attr/current").Succeeds().Stdout);
        Assert.Equal("unconfined\n", container.Exec(["--apparmor", "unconfined"], "cat", "/proc/self/attr/current").Succeeds().Stdout);
    }

    [AppArmorFact]
    public void Without_a_profile_nothing_is_confined() =>
        Assert.Equal("unconfined\n", runtime.RunBundle(runtime.Bundle("cat", "/proc/self/attr/current")).Succeeds().Stdout);

    [AppArmorFact]
    public void A_profile_that_is_not_loaded_is_an_error_and_leaves_nothing()
    {
        runtime.RunBundle(runtime.Bundle("true").Set("process.apparmorProfile", "keelson-nobody-loaded-this")).Fails("keelson-nobody-loaded-this");
        Assert.Empty(runtime.FindLeaks());
    }

    [AppArmorFact]
    public void Features_say_that_profiles_work() => Assert.True((bool)JsonNode.Parse(runtime.Run("features").Succeeds().Stdout)!["linux"]!["apparmor"]!["enabled"]!);

    private BundleBuilder Confined(params string[] command) => runtime.Bundle(command).Set("process.apparmorProfile", Profile);
}
