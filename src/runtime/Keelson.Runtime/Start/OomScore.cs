using System.Globalization;
using System.Text;

namespace Keelson.Runtime.Start;

/// <summary>How likely a process is to be killed when memory is used up. proc_pid_oom_score_adj(5).</summary>
internal static class OomScore
{
    /// <summary>Sets the value of another process; <see langword="null"/> leaves it.</summary>
    /// <exception cref="Linux.LinuxException">EACCES: a lower value than now takes CAP_SYS_RESOURCE.</exception>
    public static void Write(int pid, int? adjustment)
    {
        if (adjustment is { } value) HostProc.Write(pid, "oom_score_adj", Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture)));
    }
}
