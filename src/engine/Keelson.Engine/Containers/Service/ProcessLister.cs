using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Keelson.Engine.Containers;

/// <summary>Processes of a container as ps(1) of the host shows them.</summary>
internal static class ProcessLister
{
    /// <summary>Runs ps(1) and keeps the rows of some processes.</summary>
    /// <param name="pids">The processes.</param>
    /// <param name="arguments">Its arguments; <c>-ef</c> when empty.</param>
    /// <param name="cancel">Ends it early.</param>
    /// <exception cref="KeelsonException">InvalidArgument: an argument is refused, or its answer has no column of process IDs.</exception>
    public static async Task<ProcessTable> ListAsync(IReadOnlySet<int> pids, string arguments, CancellationToken cancel)
    {
        string[] words = arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) words = ["-ef"];
        ProcessStartInfo start = new("ps") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (string word in words) start.ArgumentList.Add(word);
        string output, errors;
        try
        {
            using Process ps = Process.Start(start)!;
            Task<string> reading = ps.StandardError.ReadToEndAsync(cancel);
            output = await ps.StandardOutput.ReadToEndAsync(cancel).ConfigureAwait(false);
            errors = await reading.ConfigureAwait(false);
            await ps.WaitForExitAsync(cancel).ConfigureAwait(false);
            if (ps.ExitCode != 0) throw new KeelsonException(ErrorKind.InvalidArgument, $"ps: {errors.Trim().Split('\n')[0]}");
        }
        catch (Win32Exception e)
        {
            if (arguments.Length > 0 && arguments != "-ef") throw new KeelsonException(ErrorKind.Unavailable, "ps: the program is not there, and only -ef is known without it", e);
            return FromProcfs(pids);
        }
        return Parse(output, pids);
    }

    internal static ProcessTable Parse(string output, IReadOnlySet<int> pids)
    {
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] titles = lines.Length == 0 ? [] : lines[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int column = Array.IndexOf(titles, "PID");
        if (column < 0) throw new KeelsonException(ErrorKind.InvalidArgument, "Couldn't find PID field in ps output");
        List<IReadOnlyList<string>> rows = [];
        foreach (string line in lines.Skip(1))
        {
            // The last column, the command, holds spaces itself.
            string[] fields = line.Split(' ', titles.Length, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > column && int.TryParse(fields[column], NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pids.Contains(pid)) rows.Add(fields);
        }
        return new(titles, rows);
    }

    /// <summary>The columns of <c>ps -ef</c> as far as procfs alone tells them.</summary>
    private static ProcessTable FromProcfs(IReadOnlySet<int> pids)
    {
        List<IReadOnlyList<string>> rows = [];
        foreach (int pid in pids.Order())
        {
            try
            {
                string[] status = File.ReadAllLines($"/proc/{pid}/status");
                string Of(string key) => status.FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?[key.Length..].Trim().Split('\t')[0] ?? "";
                string command = File.ReadAllText($"/proc/{pid}/cmdline").TrimEnd('\0').Replace('\0', ' ');
                rows.Add([Of("Uid:"), pid.ToString(CultureInfo.InvariantCulture), Of("PPid:"), "0", "?", "?", "00:00:00", command.Length > 0 ? command : $"[{Of("Name:")}]"]);
            }
            catch (IOException)
            {
                // It has just ended.
            }
        }
        return new(["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"], rows);
    }
}
