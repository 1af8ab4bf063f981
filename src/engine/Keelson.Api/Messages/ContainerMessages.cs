using Containerd.Services.Containers.V1;
using Google.Protobuf;
using Keelson.Content;

namespace Keelson.Api;

/// <summary>Containers as messages. The record's payload is the message without what the record holds itself.</summary>
internal static class ContainerMessages
{
    /// <summary>What an update without a field mask replaces; the rest of a container never changes.</summary>
    private static readonly string[] Changeable = ["labels", "spec", "extensions", "image", "snapshotkey"];

    /// <summary>A container of the store.</summary>
    public static Container Message(ContainerRecord record)
    {
        Container message = Container.Parser.ParseFrom(record.Payload.Span);
        message.Id = record.Id;
        message.Image = record.Image;
        message.Snapshotter = record.Snapshotter;
        message.SnapshotKey = record.SnapshotKey;
        message.Sandbox = record.SandboxId;
        message.CreatedAt = Messages.Time(record.CreatedAt);
        message.UpdatedAt = Messages.Time(record.UpdatedAt);
        message.Runtime ??= new();
        message.Runtime.Name = record.RuntimeName;
        message.Labels.Fill(record.Labels);
        return message;
    }

    /// <summary>A container for the store. Its times are the store's matter.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: the runtime or the specification is missing, or a label or extension has no key.</exception>
    public static ContainerRecord Record(Container message)
    {
        if (message.Runtime is not { Name.Length: > 0 }) throw new KeelsonException(ErrorKind.InvalidArgument, $"container {message.Id}: its runtime is missing");
        if (message.Spec is null) throw new KeelsonException(ErrorKind.InvalidArgument, $"container {message.Id}: its specification is missing");
        if (message.Extensions.ContainsKey("")) throw new KeelsonException(ErrorKind.InvalidArgument, $"container {message.Id}: an extension has no name");
        Container rest = new() { Spec = message.Spec };
        if (message.Runtime.Options is not null) rest.Runtime = new() { Options = message.Runtime.Options };
        rest.Extensions.Add(message.Extensions);
        return new(message.Id)
        {
            Labels = Messages.Labels(message.Labels),
            Image = message.Image,
            RuntimeName = message.Runtime.Name,
            Snapshotter = message.Snapshotter,
            SnapshotKey = message.SnapshotKey,
            SandboxId = message.Sandbox,
            Payload = rest.ToByteArray(),
        };
    }

    /// <summary>The container after an update.</summary>
    /// <param name="record">The container before it.</param>
    /// <param name="wanted">The values to set.</param>
    /// <param name="paths">Which of them; none stands for all that may change, and then what may not has to be the same.</param>
    /// <exception cref="KeelsonException">InvalidArgument: a path names something else, or the result is not whole.</exception>
    public static ContainerRecord Apply(ContainerRecord record, Container wanted, IReadOnlyCollection<string> paths)
    {
        Container current = Message(record);
        if (paths.Count == 0)
        {
            if (wanted.Snapshotter != record.Snapshotter) throw Immutable(record.Id, "snapshotter");
            if ((wanted.Runtime?.Name ?? "") != record.RuntimeName) throw Immutable(record.Id, "runtime.name");
            // Clients before containerd 1.7 do not know the field and send none.
            if (wanted.Sandbox.Length > 0 && wanted.Sandbox != record.SandboxId) throw Immutable(record.Id, "sandbox");
            paths = Changeable;
        }
        foreach (string path in paths) Set(current, wanted, path);
        return Record(current);
    }

    private static void Set(Container current, Container wanted, string path)
    {
        if (Messages.TrySet(path, "labels", current.Labels, wanted.Labels) || Messages.TrySet(path, "extensions", current.Extensions, wanted.Extensions)) return;
        switch (path)
        {
            case "spec": current.Spec = wanted.Spec; return;
            case "image": current.Image = wanted.Image; return;
            case "snapshotkey": current.SnapshotKey = wanted.SnapshotKey; return;
            default: throw Immutable(current.Id, path);
        }
    }

    private static KeelsonException Immutable(string id, string field) => new(ErrorKind.InvalidArgument, $"update container {id}: its field '{field}' cannot be changed");
}
