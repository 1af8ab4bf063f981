namespace Keelson.Engine.Containers;

/// <summary>Opens logs of containers by the drivers that their settings name.</summary>
/// <param name="time">The clock.</param>
/// <param name="journal">Takes the entries of containers whose driver is journald.</param>
internal sealed class ContainerLogs(TimeProvider time, JournalSender journal)
{
    /// <summary>The log of a container.</summary>
    public IContainerLog Open(ContainerInfo info)
    {
        LogPolicy policy = LogPolicy.Parse(info.Host.LogConfig);
        if (policy.Driver == LogPolicy.Journald) return new JournalLog(info, policy, journal, time);
        string path = info.LogPath.Length > 0 ? info.LogPath : info.Directory + "/local-logs/container.log";
        return new FileLog(path, policy, time, LogAttributes.Make(info, policy));
    }
}
