using System.Collections;
using System.Text;
using Keelson.Runtime.Start;

namespace Keelson.Runtime;

public sealed partial class Container
{
    /// <summary>Far above the table of a machine with a hundred thousand processes.</summary>
    private const int MaximumTableBytes = 16 << 20;

    /// <summary>What ps(1) of the host says about the container's processes: its heading and one line for each.</summary>
    /// <param name="arguments">Arguments for ps; its columns must include the process ID, under the heading <c>PID</c>.</param>
    /// <returns>Text whose lines end with a line feed.</returns>
    /// <exception cref="KeelsonException">
    /// FailedPrecondition: ps is not installed, the container has no cgroup of its own. InvalidArgument: ps refuses the arguments, or shows no process IDs.
    /// </exception>
    public string ProcessTable(ReadOnlySpan<string> arguments)
    {
        int[] ids = ProcessIds();
        string path = HelperProgram.Find("ps") ?? throw new KeelsonException(ErrorKind.FailedPrecondition, "list processes: ps is not installed (package procps)");
        HelperResult result = HelperProgram.Run(path, ["ps", .. arguments], OwnEnvironment(), input: default, timeout: null, inNamespacesOf: null, MaximumTableBytes);
        if (result.Status.Raw != 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"list processes: ps: {result.Describe()}");
        if (result.Output.Length == MaximumTableBytes) throw new KeelsonException(ErrorKind.Unsupported, $"list processes: ps: more than {MaximumTableBytes >> 20} MiB of text");
        return SelectLines(Encoding.UTF8.GetString(result.Output.Span), ids);
    }

    /// <summary>The first line of a table and those whose number in the column <c>PID</c> is wanted.</summary>
    internal static string SelectLines(string table, ReadOnlySpan<int> ids)
    {
        StringBuilder selected = new();
        int column = -1;
        foreach (ReadOnlySpan<char> line in table.AsSpan().EnumerateLines())
        {
            if (column < 0)
            {
                column = FindColumn(line);
                if (column < 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"list processes: there is no column PID in the output of ps: {line}");
            }
            else if (!int.TryParse(Field(line, column), out int id) || !ids.Contains(id))
            {
                continue;
            }
            selected.Append(line).Append('\n');
        }
        return selected.ToString();
    }

    private static int FindColumn(ReadOnlySpan<char> heading)
    {
        for (int column = 0; Field(heading, column) is { IsEmpty: false } field; column++)
            if (field is "PID")
                return column;
        return -1;
    }

    private static ReadOnlySpan<char> Field(ReadOnlySpan<char> line, int index)
    {
        line = line.TrimStart();
        for (; index > 0; index--)
        {
            int blank = line.IndexOfAny(' ', '\t');
            if (blank < 0) return default;
            line = line[blank..].TrimStart();
        }
        int end = line.IndexOfAny(' ', '\t');
        return end < 0 ? line : line[..end];
    }

    private static string[] OwnEnvironment()
    {
        List<string> variables = [];
        foreach (DictionaryEntry variable in Environment.GetEnvironmentVariables()) variables.Add(variable.Key + "=" + variable.Value);
        return [.. variables];
    }
}
