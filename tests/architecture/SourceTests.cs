using System.Text.RegularExpressions;

namespace Keelson.Architecture.Tests;

public partial class SourceTests
{
    private const int LongLines = 600, TooLongLines = 1000;

    /// <summary>Files beyond 600 lines that read better in one piece, and why.</summary>
    private static readonly Dictionary<string, string> LongFiles = new(StringComparer.Ordinal)
    {
        ["src/runtime/Keelson.Seccomp/SyscallTables.Data.cs"] = "a table that is generated",
    };

    private static readonly string[] CodeFolders = ["src/", "tests/", "benchmarks/", "samples/", "scripts/"];

    [Fact]
    public void No_source_file_is_too_long()
    {
        List<string> faults = [];
        foreach (string path in SourceTree.Files.Where(IsCode))
        {
            int lines = SourceTree.Read(path).Count(c => c == '\n');
            if (lines > TooLongLines) faults.Add($"{path}: {lines} lines, more than {TooLongLines}");
            else if (lines > LongLines && !LongFiles.ContainsKey(path)) faults.Add($"{path}: {lines} lines; split it by topic, or list it with a reason");
        }
        faults.AddRange(LongFiles.Keys.Where(path => !File.Exists(Path.Combine(Repository.Root, path))).Select(path => $"{path} is listed and gone"));
        Faults.None(faults);
    }

    [Fact]
    public void No_file_names_a_place_of_one_machine()
    {
        List<string> faults = [];
        foreach (string path in SourceTree.Files)
        {
            string[] lines = SourceTree.Read(path).Split('\n');
            for (int i = 0; i < lines.Length; i++)
                if (MachinePath().Match(lines[i]) is { Success: true } match)
                    faults.Add($"{path}:{i + 1}: {match.Value}");
        }
        Faults.None(faults);
    }

    [Fact]
    public void Every_reason_to_skip_a_test_is_known_to_the_test_script()
    {
        string script = SourceTree.Read("scripts/lib.sh");
        string[] reasons =
        [
            .. SourceTree.Files.Where(path => path.StartsWith("tests/", StringComparison.Ordinal) && path.EndsWith(".cs", StringComparison.Ordinal))
                .SelectMany(path => SourceTree.Read(path).Split('\n').Where(line => path == "tests/testing/Needs.cs" || line.Contains("Skip", StringComparison.Ordinal)))
                .SelectMany(line => SkipReason().Matches(line)).Select(match => match.Groups[1].Value).Distinct(),
        ];
        Assert.NotEmpty(reasons);
        Assert.DoesNotContain(reasons, reason => !reason.StartsWith("program ", StringComparison.Ordinal)
            && !Regex.IsMatch(script, $@"^ +'?{Regex.Escape(reason)}'?\)", RegexOptions.Multiline));
    }

    [Fact]
    public void No_source_file_carries_unfinished_work()
    {
        Assert.DoesNotContain(SourceTree.Files.Where(IsCode), path => UnfinishedWork().IsMatch(SourceTree.Read(path)));
    }

    private static bool IsCode(string path) =>
        (path.EndsWith(".cs", StringComparison.Ordinal) || path.EndsWith(".sh", StringComparison.Ordinal))
        && CodeFolders.Any(folder => path.StartsWith(folder, StringComparison.Ordinal));

    // The brackets keep this file from matching itself.
    [GeneratedRegex(@"(?<![\w./-])/[w]ork/|/dev/shm/[k]/|/[f]arm\b")]
    private static partial Regex MachinePath();

    [GeneratedRegex(@"""[n]eeds ([^""{]+)""")]
    private static partial Regex SkipReason();

    [GeneratedRegex(@"\b([T]ODO|[F]IXME|[X]XX|[N]otImplementedException)\b")]
    private static partial Regex UnfinishedWork();
}
