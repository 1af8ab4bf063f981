using Keelson.Linux.Sys;

namespace Keelson.Cgroups;

/// <summary>The systemd that runs the machine, where one does.</summary>
public static class SystemdHost
{
    /// <summary>Whether it is there (sd_booted(3)), and this process is the machine's root, whose orders it takes.</summary>
    public static bool TakesOrders => Path.Exists("/run/systemd/system") && Processes.EffectiveUserId == 0 && UserNamespaces.IsInitial();

    /// <summary>Whether it is about to end the machine, or to start it again. org.freedesktop.systemd1(5), <c>SystemState</c>.</summary>
    /// <param name="busPath">Socket of the bus; <see langword="null"/>: that of the system, or systemd's own for root.</param>
    /// <exception cref="KeelsonException">NotFound, Unavailable or PermissionDenied: it cannot be asked.</exception>
    public static bool IsStopping(string? busPath = null)
    {
        using SystemdManager systemd = SystemdManager.Connect(isUser: false, busPath);
        return systemd.State() == "stopping";
    }
}
