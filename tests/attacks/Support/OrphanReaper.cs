using System.Globalization;
using Keelson.Linux.Sys;

namespace Keelson.Attacks;

/// <summary>Reaps processes of containers that this program adopted because the runtime above them was killed, as an init does.</summary>
/// <remarks>The first process of a PID namespace is left to the test: it waits for that one itself.</remarks>
internal sealed class OrphanReaper : IDisposable
{
    private readonly PeriodicTimer timer = new(TimeSpan.FromMilliseconds(10));
    private readonly Task loop;

    /// <summary>Starts to look for them.</summary>
    public OrphanReaper() => loop = ReapAsync();

    /// <inheritdoc/>
    public void Dispose()
    {
        timer.Dispose();
        loop.GetAwaiter().GetResult();
    }

    private async Task ReapAsync()
    {
        while (await timer.WaitForNextTickAsync().ConfigureAwait(false))
            foreach (string directory in Directory.EnumerateDirectories("/proc"))
                if (int.TryParse(Path.GetFileName(directory), out int pid) && IsOrphan(directory))
                    _ = Processes.TryWait(pid, out _, out _, noHang: true);
    }

    private static bool IsOrphan(string directory)
    {
        if (Files.TryReadAll(directory + "/status", out ReadOnlyMemory<byte> text) != Linux.Errno.None) return false;
        bool isDead = false, isOurs = false, isInside = false;
        foreach (string line in System.Text.Encoding.UTF8.GetString(text.Span).Split('\n'))
        {
            string[] words = line.Split('\t');
            if (words[0] == "State:") isDead = words[1][0] == 'Z';
            else if (words[0] == "PPid:") isOurs = words[1] == Environment.ProcessId.ToString(CultureInfo.InvariantCulture);
            else if (words[0] == "NSpid:") isInside = words.Length > 2 && words[^1] != "1";
        }
        return isDead && isOurs && isInside;
    }
}
