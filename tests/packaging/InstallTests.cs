using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Packaging.Tests;

/// <summary><c>./install</c> below a directory.</summary>
public sealed class InstallTests : IDisposable
{
    private readonly Destination destination = new();

    public void Dispose() => destination.Dispose();

    [InstallFact]
    public void The_manifest_lists_all_that_was_installed_and_nothing_else()
    {
        destination.Install().Succeeds();
        Assert.Equal(destination.Inventory().Where(line => !line.EndsWith(Destination.Manifest, StringComparison.Ordinal)), destination.Listed());
        foreach (string program in (string[])["keelson", "keelsond", "keelson-runtime"])
            Assert.Contains(Destination.Version, ChildProcess.Run([destination.At($"/usr/local/bin/{program}"), "--version"]).Succeeds().Stdout, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.GetDirectoryName(File.ResolveLinkTarget(destination.At("/usr/local/bin/keelsond"), true)!.FullName) + "/libe_sqlite3.so"));
        Assert.Equal("/usr/local/lib/cni/keelson", new FileInfo(destination.At("/opt/cni/bin/keelson")).LinkTarget);
    }

    [InstallFact]
    public void Uninstalling_leaves_nothing()
    {
        destination.Install().Succeeds();
        CommandResult removed = destination.Uninstall().Succeeds();
        Assert.Empty(destination.Inventory());
        Assert.Equal("", removed.Stdout + removed.Stderr);
        destination.Uninstall().Fails("uninstall", Destination.Manifest, "nothing was installed");
    }

    [InstallFact]
    public void Changed_files_data_and_what_others_put_there_stay_and_it_is_said()
    {
        Directory.CreateDirectory(destination.At("/usr/local/lib"));
        destination.Install().Succeeds();
        File.AppendAllText(destination.At(Destination.Config), "root = \"/srv/keelson\"\n");
        File.AppendAllText(destination.At("/usr/local/share/keelson/daemon.json"), "\n");
        File.WriteAllText(destination.At("/usr/local/bin/other"), "");
        Directory.CreateDirectory(destination.At("/var/lib/keelson"));

        CommandResult removed = destination.Uninstall().Succeeds();

        Assert.Equal(
            [
                $"kept {destination.At(Destination.Config)}: it is not as it was installed",
                $"kept {destination.At("/usr/local/share/keelson/daemon.json")}: it is not as it was installed",
                $"kept {destination.At("/var/lib/keelson")}: images and containers",
            ], removed.Lines);
        Assert.Equal(
            [Destination.Config, "/usr/local/bin/other", "/usr/local/share/keelson/daemon.json"],
            destination.Inventory().Where(line => line.StartsWith("file", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]).Order(StringComparer.Ordinal));
        // It was there before.
        Assert.True(Directory.Exists(destination.At("/usr/local/lib")));
    }

    [InstallFact]
    public void An_older_installation_is_brought_up_to_date()
    {
        destination.Install().Succeeds();
        string program = destination.At("/usr/local/bin/keelson"), gone = destination.At("/usr/local/bin/keelson-of-old"), changed = destination.At("/usr/local/bin/keelson-of-yours");
        foreach (string path in (string[])[program, gone, changed, destination.At(Destination.Config)]) File.WriteAllText(path, "old\n");
        // As the version before would have listed them.
        string ofAnother = "file " + new string('0', 64) + " ";
        string manifest = File.ReadAllText(destination.At(Destination.Manifest));
        string sum = destination.Inventory().First(line => line.EndsWith(" /usr/local/bin/keelson-of-old", StringComparison.Ordinal)).Split(' ')[1];
        manifest = System.Text.RegularExpressions.Regex.Replace(manifest, $"^file [0-9a-f]+ {Destination.Config}$", $"file {sum} {Destination.Config}", System.Text.RegularExpressions.RegexOptions.Multiline);
        File.WriteAllText(destination.At(Destination.Manifest), manifest + $"file {sum} /usr/local/bin/keelson-of-old\n{ofAnother}/usr/local/bin/keelson-of-yours\n");
        using FileStream running = File.OpenRead(program);

        CommandResult installed = destination.Install().Succeeds();

        Assert.Contains($"kept {changed}: it is not as it was installed", installed.Lines);
        Assert.False(File.Exists(gone));
        Assert.StartsWith("# How keelsond runs", File.ReadAllText(destination.At(Destination.Config)), StringComparison.Ordinal);
        // Who has the old file open has all of it.
        Assert.Equal("old\n", new StreamReader(running).ReadToEnd());
        ChildProcess.Run([program, "--version"]).Succeeds();
        File.Delete(changed);
        Assert.Equal(destination.Inventory().Where(line => !line.EndsWith(Destination.Manifest, StringComparison.Ordinal)), destination.Listed());
    }

    [InstallFact]
    public void Installing_twice_changes_nothing_but_a_configuration_that_was_changed_stays()
    {
        destination.Install().Succeeds();
        string[] before = [.. destination.Inventory()];
        destination.Install().Succeeds();
        Assert.Equal(before, destination.Inventory());

        File.WriteAllText(destination.At(Destination.Config), "version = 2\n");
        Assert.Contains($"kept {destination.At(Destination.Config)}: it is yours", destination.Install().Succeeds().Lines);
        Assert.Equal("version = 2\n", File.ReadAllText(destination.At(Destination.Config)));
    }

    [InstallFact]
    public void A_configuration_that_was_there_before_stays_always()
    {
        Directory.CreateDirectory(destination.At("/etc/keelson"));
        File.WriteAllText(destination.At(Destination.Config), "version = 2\n");
        destination.Install().Succeeds();
        Assert.Equal("version = 2\n", File.ReadAllText(destination.At(Destination.Config)));
        destination.Uninstall().Succeeds();
        Assert.Equal("version = 2\n", File.ReadAllText(destination.At(Destination.Config)));
    }

    [InstallFact]
    public void A_directory_in_the_way_is_named_before_anything_is_installed()
    {
        string way = destination.At("/usr/local/share/zsh/site-functions/_keelson");
        Directory.CreateDirectory(way);
        destination.Install().Fails("install " + way, "there is a directory of this name");
        Assert.DoesNotContain(destination.Inventory(), line => line.StartsWith("file", StringComparison.Ordinal));
    }

    [InstallFact]
    public void A_file_where_a_directory_belongs_is_named()
    {
        Directory.CreateDirectory(destination.At("/usr/local"));
        File.WriteAllText(destination.At("/usr/local/lib"), "");
        destination.Install().Fails("make directory", destination.At("/usr/local/lib"), "not a directory");
    }

    [InstallFact]
    public void A_place_that_is_read_only_is_named()
    {
        using HostMount mount = new(destination.Root, "ro");
        destination.Install().Fails("make directory", destination.At("/usr/local/share/keelson"), "read-only file system");
    }

    [InstallFact]
    public void What_an_interrupted_installation_left_is_completed_or_removed()
    {
        // Room for the small programs and not for the daemon.
        using HostMount mount = new(destination.Root, "size=30m");
        destination.Install().Fails("install " + destination.At("/usr/local/"), "no space left on device");
        Assert.NotEmpty(destination.Unfinished());
        ChildProcess.Run(["mount", "-o", "remount,size=300m", destination.Root]).Succeeds();

        destination.Install().Succeeds();
        Assert.Equal(destination.Inventory().Where(line => !line.EndsWith(Destination.Manifest, StringComparison.Ordinal)), destination.Listed());
        destination.Uninstall().Succeeds();
        Assert.Empty(destination.Inventory());

        ChildProcess.Run(["mount", "-o", "remount,size=30m", destination.Root]).Succeeds();
        destination.Install().Fails("no space left on device");
        destination.Uninstall().Succeeds();
        Assert.Empty(destination.Inventory());
    }

    [InstallFact]
    public void Another_prefix_is_known_to_units_and_examples()
    {
        destination.Install("--prefix", "/opt/keelson/").Succeeds();
        string unit = File.ReadAllText(destination.At("/opt/keelson/lib/systemd/system/keelsond.service"));
        Assert.Contains("ExecStart=/opt/keelson/bin/keelsond\n", unit, StringComparison.Ordinal);
        Assert.Contains("PATH=/opt/keelson/bin:/usr/local/sbin:", unit, StringComparison.Ordinal);
        Assert.Contains("\"/opt/keelson/bin/keelson-runtime\"", File.ReadAllText(destination.At("/opt/keelson/share/keelson/daemon.json")), StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.EnumerateFiles(destination.At("/opt/keelson/share"), "*", SearchOption.AllDirectories), path => File.ReadAllText(path).Contains("@PREFIX@", StringComparison.Ordinal));
    }

    [InstallFact]
    public void What_cannot_be_meant_is_refused()
    {
        destination.Install("--prefix", "usr").Fails("--prefix usr", "absolute");
        destination.Install("--prefix", "/a|b").Fails("--prefix /a|b");
        destination.Install("--frm").Exits(2);
        destination.Install("--from", destination.Root).Fails("no program", destination.Root);
        Assert.Contains("--uninstall", ChildProcess.Run([Repository.Root + "/install", "--help"]).Succeeds().Stdout, StringComparison.Ordinal);
        Assert.Empty(destination.Inventory());
    }

    [InstallFact("bash")]
    public void Completions_are_what_the_shell_reads()
    {
        destination.Install().Succeeds();
        CommandResult completed = ChildProcess.Run(["bash", "-ec", """
            PATH=$1/usr/local/bin:$PATH
            . "$1/usr/local/share/bash-completion/completions/keelson"
            complete -p keelson
            """, "bash", destination.Root]).Succeeds();
        Assert.Contains("keelson", completed.Stdout, StringComparison.Ordinal);
        Assert.StartsWith("#compdef keelson", File.ReadAllText(destination.At("/usr/local/share/zsh/site-functions/_keelson")), StringComparison.Ordinal);
        Assert.Contains("complete -c keelson", File.ReadAllText(destination.At("/usr/local/share/fish/vendor_completions.d/keelson.fish")), StringComparison.Ordinal);
        Files.TryStatus(destination.At("/usr/local/bin/keelson"), out FileStatus status).ThrowIfError("stat");
        Assert.Equal(0b111_101_101u, status.Mode & 0xfff);
    }
}
