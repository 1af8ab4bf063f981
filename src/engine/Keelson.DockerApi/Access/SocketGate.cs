using Keelson.DockerApi.Http;

namespace Keelson.DockerApi.Access;

/// <summary>Stands before the table of routes and lets through what the rights of a socket allow.</summary>
/// <remarks>
/// <code>
///               Read    Content          Containers                 Engine   not classified
/// no limit      yes     yes              yes                        yes      yes
/// read-only     yes     with streams     no                         no       no
/// label         yes     yes              yes, those of the label    no       no
/// </code>
/// Which containers there are is not decided here: <see cref="ScopedContainers"/> is all that operations of such a socket know of.
/// </remarks>
internal sealed class SocketGate(SocketRights rights)
{
    /// <summary>Refuses what the socket does not allow.</summary>
    /// <param name="operation">The operation's name in the table of routes.</param>
    /// <exception cref="ApiException">403.</exception>
    public void Check(string operation)
    {
        if (!rights.IsLimited) return;
        OperationClass? kind = OperationClasses.Of(operation);
        if (kind is null) throw Refused(operation, "the operation has no class");
        if (rights.IsReadOnly && kind == OperationClass.Content && !rights.HasStreams) throw Refused(operation, "it is read-only and hands no content out");
        if (rights.IsReadOnly && kind is not (OperationClass.Read or OperationClass.Content)) throw Refused(operation, "it is read-only");
        if (rights.Label is { } label && kind == OperationClass.Engine) throw Refused(operation, $"it is for containers with the label {label.Key}={label.Value} alone");
    }

    private ApiException Refused(string operation, string reason) => new(403, $"{operation}: the socket {rights.Socket} does not allow it: {reason}");
}
