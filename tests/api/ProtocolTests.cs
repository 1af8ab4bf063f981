using System.IO.Compression;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Keelson.Api.Tests;

/// <summary>Compares our interface definitions with those that containerd carries in its program, compressed, as programs in Go do.</summary>
public class ProtocolTests
{
    private const string Program = "/usr/bin/containerd";

    /// <summary>Files of the API in containerd's spelling, with our descriptors of them.</summary>
    private static readonly Dictionary<string, FileDescriptor> Ours = new FileDescriptor[]
    {
        ServiceFile("containers"), ServiceFile("content"), ServiceFile("diff"), ServiceFile("events"), ServiceFile("images"), ServiceFile("introspection"),
        ServiceFile("leases"), ServiceFile("namespaces"), ServiceFile("snapshots"), ServiceFile("tasks"), ServiceFile("version"),
        Containerd.Services.Events.Ttrpc.V1.Envelope.Descriptor.File,
        Containerd.Types.BlobDescriptor.Descriptor.File, Containerd.Types.Metric.Descriptor.File, Containerd.Types.Mount.Descriptor.File,
        Containerd.Types.Platform.Descriptor.File, Containerd.V1.Types.Process.Descriptor.File,
        Containerd.Events.ContainerCreate.Descriptor.File, Containerd.Events.ContentDelete.Descriptor.File, Containerd.Events.NamespaceCreate.Descriptor.File,
        Containerd.Events.SnapshotPrepare.Descriptor.File, Containerd.Events.TaskCreate.Descriptor.File, Containerd.Services.Images.V1.ImageCreate.Descriptor.File,
        Google.Rpc.Status.Descriptor.File, Grpc.Health.V1.HealthCheckRequest.Descriptor.File,
    }.ToDictionary(file => file.Name.Replace("containerd/", "github.com/containerd/containerd/api/", StringComparison.Ordinal));

    /// <summary>What containerd has since 1.7, and the program here is older.</summary>
    private static readonly string[] Later = ["field containerd.services.containers.v1.Container.sandbox = 11 Optional String  "];

    [Fact]
    public void Every_message_field_and_method_is_the_one_that_containerd_has()
    {
        Dictionary<string, FileDescriptorProto> theirs = Embedded(File.ReadAllBytes(Program));

        foreach ((string name, FileDescriptor file) in Ours)
        {
            Assert.True(theirs.TryGetValue(name, out FileDescriptorProto? reference), $"{Program} carries no {name}");
            Assert.Equal(Facts(reference), Facts(file.ToProto()).Where(fact => !Later.Contains(fact)));
        }
    }

    [Fact]
    public void Twelve_services_have_sixty_seven_methods()
    {
        Dictionary<string, FileDescriptorProto> theirs = Embedded(File.ReadAllBytes(Program));
        ServiceDescriptorProto[] services = [.. Ours.Keys.Where(name => name.Contains("/services/", StringComparison.Ordinal)).SelectMany(name => theirs[name].Service)];

        Assert.Equal(12, services.Length);
        Assert.Equal(67, services.Sum(service => service.Method.Count));
    }

    private static FileDescriptor ServiceFile(string service) => service switch
    {
        "containers" => Containerd.Services.Containers.V1.Container.Descriptor.File,
        "content" => Containerd.Services.Content.V1.Info.Descriptor.File,
        "diff" => Containerd.Services.Diff.V1.DiffRequest.Descriptor.File,
        "events" => Containerd.Services.Events.V1.Envelope.Descriptor.File,
        "images" => Containerd.Services.Images.V1.Image.Descriptor.File,
        "introspection" => Containerd.Services.Introspection.V1.Plugin.Descriptor.File,
        "leases" => Containerd.Services.Leases.V1.Lease.Descriptor.File,
        "namespaces" => Containerd.Services.Namespaces.V1.Namespace.Descriptor.File,
        "snapshots" => Containerd.Services.Snapshots.V1.Info.Descriptor.File,
        "tasks" => Containerd.Services.Tasks.V1.StartRequest.Descriptor.File,
        _ => Containerd.Services.Version.V1.VersionResponse.Descriptor.File,
    };

    /// <summary>All file descriptors in a program: gzip streams that hold one.</summary>
    private static Dictionary<string, FileDescriptorProto> Embedded(byte[] program)
    {
        Dictionary<string, FileDescriptorProto> files = [];
        ReadOnlySpan<byte> header = [0x1f, 0x8b, 0x08];
        for (int at = program.AsSpan().IndexOf(header); at >= 0;)
        {
            if (TryRead(program, at) is { } file) files.TryAdd(file.Name, file);
            int next = program.AsSpan(at + 1).IndexOf(header);
            at = next < 0 ? -1 : at + 1 + next;
        }
        return files;
    }

    private static FileDescriptorProto? TryRead(byte[] program, int at)
    {
        try
        {
            using GZipStream stream = new(new MemoryStream(program, at, Math.Min(1 << 20, program.Length - at)), CompressionMode.Decompress);
            byte[] buffer = new byte[1 << 20];
            int length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
            FileDescriptorProto file = FileDescriptorProto.Parser.ParseFrom(buffer, 0, length);
            return file.Name.EndsWith(".proto", StringComparison.Ordinal) ? file : null;
        }
        catch (Exception e) when (e is InvalidDataException or InvalidProtocolBufferException)
        {
            return null;
        }
    }

    /// <summary>What both sides of a call have to agree on, one line each.</summary>
    private static string[] Facts(FileDescriptorProto file)
    {
        List<string> facts = ["package " + file.Package];
        foreach (DescriptorProto message in file.MessageType) Add(facts, file.Package, message);
        foreach (EnumDescriptorProto type in file.EnumType) Add(facts, file.Package, type);
        foreach (ServiceDescriptorProto service in file.Service)
            foreach (MethodDescriptorProto method in service.Method)
                facts.Add($"rpc {file.Package}.{service.Name}/{method.Name} {method.ClientStreaming} {Plain(method.InputType)} {method.ServerStreaming} {Plain(method.OutputType)}");
        facts.Sort(StringComparer.Ordinal);
        return [.. facts];
    }

    private static void Add(List<string> facts, string scope, DescriptorProto message)
    {
        string name = Plain($"{scope}.{message.Name}");
        facts.Add("message " + name);
        foreach (FieldDescriptorProto field in message.Field)
            facts.Add($"field {name}.{field.Name} = {field.Number} {field.Label} {field.Type} {Plain(field.TypeName)} {(field.HasOneofIndex ? message.OneofDecl[field.OneofIndex].Name : "")}");
        foreach (DescriptorProto inner in message.NestedType) Add(facts, name, inner);
        foreach (EnumDescriptorProto inner in message.EnumType) Add(facts, name, inner);
    }

    private static void Add(List<string> facts, string scope, EnumDescriptorProto type)
    {
        foreach (EnumValueDescriptorProto value in type.Value) facts.Add($"enum {scope}.{type.Name}.{value.Name} = {value.Number}");
    }

    /// <summary>The one name that differs: generated C# cannot have a message named Descriptor.</summary>
    private static string Plain(string name) => name.Replace("containerd.types.BlobDescriptor", "containerd.types.Descriptor", StringComparison.Ordinal);
}
