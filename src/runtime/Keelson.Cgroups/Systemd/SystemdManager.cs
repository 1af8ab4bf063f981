using System.Globalization;
using Keelson.Cgroups.DBus;
using Keelson.Linux.Sys;

namespace Keelson.Cgroups;

/// <summary>Calls of systemd's manager object. org.freedesktop.systemd1(5).</summary>
internal sealed class SystemdManager : IDisposable
{
    private const string Name = "org.freedesktop.systemd1", Object = "/org/freedesktop/systemd1", Interface = "org.freedesktop.systemd1.Manager";

    /// <summary>How long a call, and a job, may take. runC's bound for jobs.</summary>
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);

    private readonly BusConnection connection;
    private readonly string destination;
    private bool isSubscribed;

    private SystemdManager(BusConnection connection, bool isBus)
    {
        this.connection = connection;
        destination = isBus ? Name : "";
    }

    /// <summary>Connects to the manager of the system or of the calling user.</summary>
    /// <exception cref="KeelsonException">NotFound, Unavailable or PermissionDenied: no bus can be reached; the message names those that were tried.</exception>
    public static SystemdManager Connect(bool isUser, string? busPath)
    {
        List<(string Path, bool IsBus)> places = [];
        if (busPath is not null) places.Add((busPath, true));
        else if (isUser)
        {
            if (Environment.GetEnvironmentVariable("DBUS_SESSION_BUS_ADDRESS") is { Length: > 0 } address)
                foreach (string path in BusAddress.Paths(address))
                    places.Add((path, true));
            string run = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } directory ? directory : "/run/user/" + Processes.EffectiveUserId;
            places.Add((run + "/bus", true));
            places.Add((run + "/systemd/private", false));
        }
        else
        {
            places.Add(("/run/dbus/system_bus_socket", true));
            if (Processes.EffectiveUserId == 0) places.Add(("/run/systemd/private", false));
        }

        KeelsonException? first = null;
        string tried = "";
        foreach ((string path, bool isBus) in places)
        {
            try
            {
                return new SystemdManager(BusConnection.Open(path, isBus, Bound), isBus);
            }
            catch (KeelsonException e)
            {
                first ??= e;
                tried += (tried.Length == 0 ? "" : " or ") + path;
            }
        }
        throw new KeelsonException(first!.Kind, $"reach systemd at {tried}", first);
    }

    /// <summary>systemd's version: 252.</summary>
    public int Version()
    {
        string version = Text("Version");
        // "v245.4-…" in some distributions, "252.38-1~deb12u1" in others.
        ReadOnlySpan<char> number = version.AsSpan().TrimStart('v');
        int digits = number.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(digits < 0 ? number : number[..digits], NumberStyles.None, null, out int value) ? value : 0;
    }

    /// <summary>What the machine is doing: <c>running</c>, <c>degraded</c>, <c>stopping</c>.</summary>
    public string State() => Text("SystemState");

    private string Text(string property)
    {
        BusMessage reply = connection.Call(destination, Object, "org.freedesktop.DBus.Properties", "Get", "ss", Interface, property);
        return reply.ReadSignature() == "s" ? reply.ReadString() : "";
    }

    /// <summary>Makes a unit and waits until it runs.</summary>
    /// <exception cref="BusException">UnitExists; other errors of systemd.</exception>
    /// <exception cref="KeelsonException">Unavailable: the job failed or took too long.</exception>
    public void StartTransientUnit(string unit, UnitProperties properties) => RunJob("start", unit, "StartTransientUnit", "ssa(sv)a(sa(sv))", unit, "replace", properties.Entries, Array.Empty<object>());

    /// <summary>Stops a unit, which kills what is in it, and waits for that.</summary>
    /// <returns><see langword="false"/>: there is no such unit.</returns>
    public bool StopUnit(string unit)
    {
        try
        {
            RunJob("stop", unit, "StopUnit", "ss", unit, "replace");
            return true;
        }
        catch (BusException e) when (e.Kind == ErrorKind.NotFound)
        {
            return false;
        }
    }

    /// <summary>Sends a signal to all processes of a unit. Nothing happens when there is none.</summary>
    public void KillUnit(string unit, int signal)
    {
        try
        {
            connection.Call(destination, Object, Interface, "KillUnit", "ssi", unit, "all", signal);
        }
        catch (BusException e) when (e.Kind == ErrorKind.NotFound)
        {
            // They are gone.
        }
    }

    /// <summary>Makes systemd forget a unit that failed. Nothing happens when there is none.</summary>
    public void ResetFailedUnit(string unit)
    {
        try
        {
            connection.Call(destination, Object, Interface, "ResetFailedUnit", "s", unit);
        }
        catch (BusException e) when (e.Kind == ErrorKind.NotFound)
        {
            // It left no trace.
        }
    }

    /// <summary>Changes properties of a running unit, until it ends.</summary>
    public void SetUnitProperties(string unit, UnitProperties properties)
    {
        if (properties.Entries.Length > 0) connection.Call(destination, Object, Interface, "SetUnitProperties", "sba(sv)", unit, true, properties.Entries);
    }

    /// <summary>Moves a process of the caller's into a unit's group. The manager of a user asks that of the system where its own rights do not reach.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="below">Group below that of the unit; empty for its own.</param>
    /// <param name="pid">The process.</param>
    public void AttachProcess(string unit, string below, int pid) =>
        connection.Call(destination, Object, Interface, "AttachProcessesToUnit", "ssau", unit, below.Length == 0 ? "" : "/" + below.Trim('/'), new object[] { (uint)pid });

    public void Dispose() => connection.Dispose();

    private void RunJob(string what, string unit, string method, string signature, params ReadOnlySpan<object> arguments)
    {
        // systemd tells of ended jobs those alone who subscribed before.
        if (!isSubscribed)
        {
            if (destination.Length > 0)
                connection.Match($"type='signal',sender='{Name}',path='{Object}',interface='{Interface}',member='JobRemoved'");
            connection.Call(destination, Object, Interface, "Subscribe", "");
            isSubscribed = true;
        }
        string job = connection.Call(destination, Object, Interface, method, signature, arguments).ReadString();
        string result = "";
        connection.WaitForSignal("JobRemoved", signal =>
        {
            // id, object, unit, result
            if (signal.Signature != "uoss") return false;
            signal.ReadUInt32();
            if (signal.ReadString() != job) return false;
            signal.ReadString();
            result = signal.ReadString();
            return true;
        });
        if (result != "done") throw new KeelsonException(ErrorKind.Unavailable, $"{what} systemd unit {unit}: the job ended with '{result}'");
    }
}
