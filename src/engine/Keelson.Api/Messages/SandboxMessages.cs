using Containerd.Types;
using Google.Protobuf;
using Keelson.Content;
using Keelson.Engine.Sandboxes;
using Keelson.Shim.Api;

namespace Keelson.Api;

/// <summary>Sandboxes as messages. The record's payload is the message without what the record holds itself.</summary>
internal static class SandboxMessages
{
    /// <summary>What an update without fields replaces; the name of the runtime never changes then.</summary>
    private static readonly string[] Changeable = ["labels", "extensions", "spec", "runtime"];

    /// <summary>A sandbox of the store.</summary>
    public static Sandbox Message(SandboxRecord record)
    {
        Sandbox message = Sandbox.Parser.ParseFrom(record.Payload.Span);
        message.SandboxId = record.Id;
        message.CreatedAt = Messages.Time(record.CreatedAt);
        message.UpdatedAt = Messages.Time(record.UpdatedAt);
        message.Runtime ??= new();
        message.Labels.Fill(record.Labels);
        return message;
    }

    /// <summary>A sandbox for the store. Its times are the store's matter.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: an extension has no key, or a label is too long.</exception>
    public static SandboxRecord Record(Sandbox message)
    {
        if (message.Extensions.ContainsKey("")) throw new KeelsonException(ErrorKind.InvalidArgument, $"sandbox {message.SandboxId}: an extension has no name");
        Sandbox rest = new() { Runtime = message.Runtime, Spec = message.Spec, Sandboxer = message.Sandboxer };
        rest.Extensions.Add(message.Extensions);
        return new(message.SandboxId) { Labels = Messages.Labels(message.Labels), Payload = rest.ToByteArray() };
    }

    /// <summary>The sandbox after an update.</summary>
    /// <param name="record">The sandbox before it.</param>
    /// <param name="wanted">The values to set.</param>
    /// <param name="fields">Which of them; none stands for all that may change.</param>
    /// <exception cref="KeelsonException">InvalidArgument: a field names something else, or what may not change would.</exception>
    public static SandboxRecord Apply(SandboxRecord record, Sandbox wanted, IReadOnlyCollection<string> fields)
    {
        Sandbox current = Message(record);
        if (fields.Count == 0)
        {
            if ((wanted.Runtime?.Name ?? "") != current.Runtime.Name) throw Wrong(record.Id, "runtime.name");
            fields = Changeable;
        }
        foreach (string field in fields) Set(current, wanted, field, record.Id);
        return Record(current);
    }

    /// <summary>Checks the fields of an update of a sandbox that runs.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: one may not be changed.</exception>
    public static void CheckFields(string id, IEnumerable<string> fields)
    {
        foreach (string field in fields) Set(new(), new(), field, id);
    }

    /// <summary>What a sandbox is made from.</summary>
    /// <param name="sandbox">Its record, as a client sent it or as the store has it.</param>
    /// <param name="request">What is said besides.</param>
    public static SandboxDefinition Definition(Sandbox sandbox, Containerd.Services.Sandbox.V1.ControllerCreateRequest request) => new(request.SandboxId)
    {
        Runtime = sandbox.Runtime?.Name ?? "",
        RuntimeOptions = Given(TaskMessages.Typed(sandbox.Runtime?.Options)),
        Spec = sandbox.Spec?.Value.Memory ?? default,
        Options = Given(TaskMessages.Typed(request.Options)),
        Rootfs = [.. request.Rootfs.Select(mount => new MountEntry(mount.Type, mount.Source, mount.Target, [.. mount.Options]))],
        NetworkNamespace = request.NetnsPath,
        Annotations = new Dictionary<string, string>(request.Annotations),
    };

    /// <summary>containerd's clients send an empty message for none.</summary>
    private static TypedMessage? Given(TypedMessage? message) => message is { TypeUrl.Length: > 0 } ? message : null;

    private static void Set(Sandbox current, Sandbox wanted, string field, string id)
    {
        if (Messages.TrySet(field, "labels", current.Labels, wanted.Labels) || Messages.TrySet(field, "extensions", current.Extensions, wanted.Extensions)) return;
        switch (field)
        {
            case "spec": current.Spec = wanted.Spec; return;
            case "runtime": current.Runtime = wanted.Runtime; return;
            default: throw Wrong(id, field);
        }
    }

    private static KeelsonException Wrong(string id, string field) => new(ErrorKind.InvalidArgument, $"update sandbox {id}: its field '{field}' cannot be changed");
}
