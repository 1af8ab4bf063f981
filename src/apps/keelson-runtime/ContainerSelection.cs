using System.Text.RegularExpressions;
using Keelson.Runtime;

namespace Keelson.RuntimeCli;

/// <summary>Which containers a command acts on.</summary>
internal static class ContainerSelection
{
    /// <summary>The name itself, or the names of all containers that match it as a regular expression.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: not a regular expression.</exception>
    public static IEnumerable<string> Resolve(ContainerRuntime runtime, string pattern, bool isRegex) => isRegex ? Matching(runtime, pattern) : [pattern];

    private static List<string> Matching(ContainerRuntime runtime, string pattern)
    {
        try
        {
            Regex regex = new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
            List<string> matching = [];
            foreach (string id in runtime.List())
                if (regex.IsMatch(id))
                    matching.Add(id);
            return matching;
        }
        catch (ArgumentException e)
        {
            throw new KeelsonException(ErrorKind.InvalidArgument, $"command line: option --regex: '{pattern}' is not a regular expression", e);
        }
    }
}
