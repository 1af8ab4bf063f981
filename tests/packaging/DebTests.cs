using System.Text.RegularExpressions;

namespace Keelson.Packaging.Tests;

/// <summary>The package for Debian: made twice, installed, removed and purged below a directory.</summary>
public sealed class DebTests(DebTests.Package package) : IClassFixture<DebTests.Package>
{
    /// <summary>What enabling the units makes.</summary>
    private static readonly string[] Wanted = ["/etc/systemd/system/multi-user.target.wants/keelsond.service", "/etc/systemd/system/sockets.target.wants/keelsond.socket"];

    [InstallFact("dpkg-deb objdump")]
    public void Two_builds_are_the_same_to_the_byte()
    {
        string second = TestDirectory.Make("deb");
        Package.Build(second);
        Assert.Equal(File.ReadAllBytes(package.File), File.ReadAllBytes(Path.Combine(second, Path.GetFileName(package.File))));
        TestDirectory.Remove(second);
    }

    [InstallFact("dpkg-deb objdump")]
    public void It_says_what_it_is_and_what_it_needs()
    {
        Assert.Equal($"keelson_{Destination.Version}_amd64.deb", Path.GetFileName(package.File));
        string[] control = ChildProcess.Run(["dpkg-deb", "-f", package.File]).Succeeds().Lines;
        Assert.Contains("Package: keelson", control);
        Assert.Contains("Version: " + Destination.Version, control);
        Assert.Contains(control, line => line.StartsWith("Depends: libc6 (>= 2.", StringComparison.Ordinal) && line.Contains("libssl3", StringComparison.Ordinal));
        string[] entries = ChildProcess.Run(["dpkg-deb", "-c", package.File]).Succeeds().Lines;
        Assert.All(entries, line => Assert.Contains(" root/root ", line, StringComparison.Ordinal));
        foreach (string path in (string[])["./etc/keelson/config.toml", "./usr/bin/keelson", "./usr/lib/cni/keelson", "./usr/lib/systemd/system/keelsond.socket", "./usr/share/man/man1/keelson-run.1.gz", "./usr/share/man/man8/keelsond.8.gz"])
            Assert.Contains(entries, line => line.EndsWith(" " + path, StringComparison.Ordinal));
        // Not a package's to have: dpkg keeps its own list, and these directories are the administrator's.
        Assert.DoesNotContain(entries, line => line.EndsWith("/share/keelson/installed", StringComparison.Ordinal) || line.Contains(" ./opt", StringComparison.Ordinal) || line.Contains("/usr/local", StringComparison.Ordinal));
    }

    [InstallFact("lintian dpkg-deb objdump")]
    public void Lintian_has_nothing_to_say()
    {
        CommandResult said = ChildProcess.Run(["lintian", "--allow-root", package.File], Destination.Patient).Succeeds();
        Assert.Equal("", said.Stdout);
    }

    [InstallFact("dpkg-deb objdump")]
    public void Its_copyright_names_every_package_that_the_programs_are_made_of_and_no_other()
    {
        string folder = TestDirectory.Make("copyright");
        ChildProcess.Run(["dpkg-deb", "-x", package.File, folder]).Succeeds();
        string document = folder + "/usr/share/doc/keelson/";
        string[] named = [.. File.ReadLines(document + "copyright").Select(line => Regex.Match(line, @"^ nuget/([\w.-]+)/\*$")).Where(match => match.Success).Select(match => match.Groups[1].Value)];
        Assert.Equal(LinkedPackages.Names.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
        // What others wrote of .NET.
        foreach (string part in (string[])["runtime.linux-x64.microsoft.dotnet.ilcompiler", "microsoft.aspnetcore.app.runtime.linux-x64"])
            Assert.Contains("license notice for", ChildProcess.Run(["gzip", "-dc", $"{document}notices/{part}.gz"]).Succeeds().Stdout, StringComparison.OrdinalIgnoreCase);
        TestDirectory.Remove(folder);
    }

    [InstallFact("dpkg objdump")]
    public void Installed_removed_and_purged_it_leaves_nothing()
    {
        using Machine machine = new();
        machine.Dpkg("--install", package.File).Succeeds();
        Assert.Contains(Destination.Version, ChildProcess.Run([machine.Root + "/usr/bin/keelson", "--version"]).Succeeds().Stdout, StringComparison.Ordinal);
        Assert.Equal("", ChildProcess.Run(["dpkg", "--root=" + machine.Root, "--verify", "keelson"]).Succeeds().Stdout);
        Assert.Equal(Wanted, machine.Files().Where(path => path.StartsWith("/etc/systemd/", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
        Directory.CreateDirectory(machine.Root + "/var/lib/keelson/store");

        machine.Dpkg("--remove", "keelson").Succeeds();
        Assert.Contains("/etc/keelson/config.toml", machine.Files());
        Assert.DoesNotContain(machine.Files(), path => path.StartsWith("/usr/", StringComparison.Ordinal));
        Assert.True(Directory.Exists(machine.Root + "/var/lib/keelson/store"));

        machine.Dpkg("--purge", "keelson").Succeeds();
        Assert.Empty(machine.Files());
        // What is left are directories of systemd's and dpkg's.
        Assert.False(Directory.Exists(machine.Root + "/usr") || Directory.Exists(machine.Root + "/etc/keelson") || Directory.Exists(machine.Root + "/var/lib/keelson"));
    }

    [InstallFact("dpkg objdump")]
    public void A_service_that_was_disabled_stays_so_when_the_package_is_installed_again()
    {
        using Machine machine = new();
        machine.Dpkg("--install", package.File).Succeeds();
        File.Delete(machine.Root + Wanted[0]);
        machine.Dpkg("--install", package.File).Succeeds();
        Assert.Equal([Wanted[1]], machine.Files().Where(path => path.StartsWith("/etc/systemd/", StringComparison.Ordinal)));
    }

    [InstallFact("dpkg objdump")]
    public void A_configuration_that_was_changed_stays_when_the_package_is_installed_again()
    {
        using Machine machine = new();
        machine.Dpkg("--install", package.File).Succeeds();
        File.WriteAllText(machine.Root + "/etc/keelson/config.toml", "version = 2\n");
        machine.Dpkg("--install", package.File).Succeeds();
        Assert.Equal("version = 2\n", File.ReadAllText(machine.Root + "/etc/keelson/config.toml"));
    }

    /// <summary>The package, made once.</summary>
    public sealed class Package : IDisposable
    {
        private readonly string directory = TestDirectory.Make("deb");
        private readonly Lazy<string> file;

        public Package() => file = new(() => Build(directory));

        /// <summary>Its file.</summary>
        public string File => file.Value;

        /// <summary>Makes it anew.</summary>
        /// <returns>Its file.</returns>
        public static string Build(string directory) =>
            ChildProcess.Run([Repository.Root + "/packaging/deb", "--from", Destination.Programs, directory], new() { Limit = TimeSpan.FromMinutes(4) }).Succeeds().Text;

        public void Dispose() => TestDirectory.Remove(directory);
    }

    /// <summary>A directory that dpkg takes for a machine; what is needed besides is not there, and scripts of packages run outside of it.</summary>
    private sealed class Machine : IDisposable
    {
        public Machine()
        {
            foreach (string folder in (string[])["info", "updates", "triggers"]) Directory.CreateDirectory($"{Root}/var/lib/dpkg/{folder}");
            File.WriteAllText(Root + "/var/lib/dpkg/status", "");
        }

        /// <summary>The directory.</summary>
        public string Root { get; } = TestDirectory.Make("machine");

        public CommandResult Dpkg(params IReadOnlyList<string> arguments) =>
            ChildProcess.Run(["dpkg", "--root=" + Root, "--log=" + Root + "/var/lib/dpkg/log", "--force-script-chrootless,depends,confold", .. arguments], Destination.Patient);

        /// <summary>Files that are not dpkg's own.</summary>
        public IEnumerable<string> Files() =>
            Directory.EnumerateFiles(Root, "*", SearchOption.AllDirectories).Select(path => path[Root.Length..]).Where(path => !path.StartsWith("/var/lib/dpkg/", StringComparison.Ordinal));

        public void Dispose() => TestDirectory.Remove(Root);
    }
}
