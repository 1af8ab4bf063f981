namespace Keelson.Cgroups.DBus;

/// <summary>A peer answered a call with an error. D-Bus specification "Message Types", ERROR.</summary>
/// <param name="kind">What a caller can do about it.</param>
/// <param name="name">The error's name: <c>org.freedesktop.systemd1.UnitExists</c>.</param>
/// <param name="message">Operation, object, cause.</param>
internal sealed class BusException(ErrorKind kind, string name, string message) : KeelsonException(kind, message)
{
    public string Name => name;
}
