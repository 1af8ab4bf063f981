using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Keelson.Interop.Tests;

/// <summary>What a validation program found wrong.</summary>
public sealed partial class ValidationReport
{
    private ValidationReport(List<string> faults) => Faults = faults;

    /// <summary>Descriptions of results that are bad, errors told outside results, a status other than 0, and results that are missing.</summary>
    public IReadOnlyList<string> Faults { get; }

    /// <summary>Reads the output of a program: the Test Anything Protocol with JSON between <c>---</c> and <c>...</c>.</summary>
    public static ValidationReport Read(CommandResult result)
    {
        List<string> faults = [];
        int results = 0, planned = -1;
        bool afterResult = false;
        string[] lines = result.Stdout.Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (Result().Match(lines[i]) is { Success: true } match)
            {
                results++;
                afterResult = true;
                if (match.Groups["not"].Success) faults.Add(match.Groups["what"].Value);
            }
            else if (lines[i].StartsWith("1..", StringComparison.Ordinal))
            {
                planned = int.Parse(lines[i].AsSpan(3), provider: null);
            }
            else if (lines[i] == "  ---")
            {
                int end = Array.IndexOf(lines, "  ...", i);
                string text = string.Join('\n', lines[(i + 1)..end]);
                // What follows a result explains it; what follows none is all that the program says.
                if (!afterResult && JsonNode.Parse(text)?["error"] is { } error) faults.Add((string)error!);
                i = end;
            }
        }
        if (result.ExitCode != 0) faults.Add($"exit status {result.ExitCode}");
        if (planned != results) faults.Add($"{results} results, {planned} planned");
        return new ValidationReport(faults);
    }

    [GeneratedRegex(@"^(?<not>not )?ok \d+ (- )?(?<what>.*)$")]
    private static partial Regex Result();
}
