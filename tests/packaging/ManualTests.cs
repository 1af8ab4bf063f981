using System.Text.RegularExpressions;

namespace Keelson.Packaging.Tests;

/// <summary>The manual pages that <c>./install</c> puts in place.</summary>
public sealed class ManualTests(ManualTests.Installed installed) : IClassFixture<ManualTests.Installed>
{
    [InstallFact]
    public void Each_program_and_each_command_of_the_client_has_a_page_that_says_what_it_is()
    {
        string[] programs = [.. Directory.EnumerateFiles(installed.At("/usr/local/bin")).Select(path => Path.GetFileName(path)!)];
        string[] commands = [.. Rows(installed.Help("keelson"))];
        Assert.Contains("run", commands);
        Assert.Contains("trust", commands);
        string[] wanted = [.. programs, .. commands.Select(command => "keelson-" + command), "keelsond-registry", "keelsond-notary", "keelson-config.toml", "keelson-registry.toml", "keelson-notary.json", "keelson-trust-policy.toml"];
        Assert.Equal(wanted.Order(StringComparer.Ordinal), installed.Pages.Select(path => Path.GetFileNameWithoutExtension(path)!).Order(StringComparer.Ordinal));
        foreach (string path in installed.Pages)
            Assert.Matches($@"\n\.SH NAME\n{Regex.Escape(Path.GetFileNameWithoutExtension(path))} - \w[^\n]+\n\.SH SYNOPSIS\n[^.]", Plain(path));
    }

    [InstallFact]
    public void A_page_has_all_that_the_help_has()
    {
        foreach ((string page, string[] command) in (ReadOnlySpan<(string, string[])>)
            [("man1/keelson-run.1", ["keelson", "run"]), ("man1/keelson-trust.1", ["keelson", "trust", "sign"]), ("man8/keelson-runtime.8", ["keelson-runtime", "exec"]), ("man8/keelsond.8", ["keelsond"])])
        {
            string text = Regex.Replace(Plain(installed.At("/usr/local/share/man/" + page)), @"\\f.", "");
            string[] rows = [.. installed.Help(command).Split('\n').Select(line => Regex.Match(line, "^ +(-.*[^ ])  +([^ ].*)$")).Where(match => match.Success).Select(match => $".TP\n{match.Groups[1].Value}\n{match.Groups[2].Value}\n")];
            Assert.NotEmpty(rows);
            Assert.All(rows, row => Assert.Contains(row, text, StringComparison.Ordinal));
        }
    }

    [InstallFact("mandoc")]
    public void Pages_are_what_mandoc_reads_without_a_warning() => ChildProcess.Run(["mandoc", "-T", "lint", "-W", "warning", .. installed.Pages]).Succeeds();

    [InstallFact]
    public void Every_key_of_a_configuration_is_in_its_page()
    {
        foreach ((string name, string folder, string known) in (ReadOnlySpan<(string, string, string)>)
            [
                ("keelson-config.toml", "Configuration", "default_address_pools"), ("keelson-registry.toml", "Registry", "multipartcopythresholdsize"),
                ("keelson-notary.json", "Notary", "tls_client_cert"), ("keelson-trust-policy.toml", "Trust", "root_ca_file"),
            ])
        {
            string page = Regex.Replace(Plain(installed.At($"/usr/local/share/man/man5/{name}.5")), @"\\f.", "");
            string[] keys =
            [
                .. Directory.EnumerateFiles($"{Repository.Root}/src/apps/keelsond/{folder}", "*.cs")
                    .SelectMany(path => Regex.Matches(File.ReadAllText(path), @"(?:\.(?:Text|Texts|Ids|Integer|Real|Switch|Duration|Section|Sections)\(|\b(?:Place|Absolute)\(\w+, )""([^""]+)"""))
                    .Select(match => match.Groups[1].Value).Distinct(),
            ];
            Assert.Contains(known, keys);
            Assert.All(keys, key => Assert.True(Regex.IsMatch(page, $@"(?<![\w-]){Regex.Escape(key)}(?![\w-])"), $"{name}: no {key}"));
        }
    }

    /// <summary>First words of the lists of groups and commands.</summary>
    private static IEnumerable<string> Rows(string help) => Regex.Matches(help[help.IndexOf("Groups:", StringComparison.Ordinal)..], @"^  ([a-z]+)  ", RegexOptions.Multiline).Select(match => match.Groups[1].Value);

    private static string Plain(string path) => File.ReadAllText(path).Replace(@"\-", "-", StringComparison.Ordinal).Replace(@"\&", "", StringComparison.Ordinal);

    /// <summary>An installation that is only looked at.</summary>
    public sealed class Installed : IDisposable
    {
        private readonly Destination destination = new();
        private readonly Lazy<string[]> pages;

        public Installed() => pages = new(() =>
        {
            destination.Install().Succeeds();
            return [.. Directory.EnumerateFiles(destination.At("/usr/local/share/man"), "*", SearchOption.AllDirectories)];
        });

        /// <summary>Files of all pages.</summary>
        public IReadOnlyList<string> Pages => pages.Value;

        /// <summary>The place of a path of the machine.</summary>
        public string At(string path)
        {
            _ = pages.Value;
            return destination.At(path);
        }

        /// <summary>What a program says with <c>--help</c>.</summary>
        public string Help(params string[] command) => ChildProcess.Run([At("/usr/local/bin/" + command[0]), .. command[1..], "--help"]).Succeeds().Stdout;

        public void Dispose() => destination.Dispose();
    }
}
