using System.Runtime.InteropServices;
using Containerd.Types;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Keelson.Content;
using V1 = Containerd.Services.Introspection.V1;

namespace Keelson.Api;

/// <summary>containerd's Introspection service: the parts of the daemon.</summary>
internal sealed class IntrospectionService(EngineInfo engine) : V1.Introspection.IntrospectionBase
{
    public override Task<V1.PluginsResponse> Plugins(V1.PluginsRequest request, ServerCallContext context)
    {
        Filter filter = Filter.ParseAll(request.Filters);
        V1.PluginsResponse response = new();
        response.Plugins.AddRange(engine.Parts.Where(filter.Matches).Select(Message));
        return Task.FromResult(response);
    }

    public override Task<V1.ServerResponse> Server(Empty request, ServerCallContext context) => Task.FromResult(new V1.ServerResponse { Uuid = engine.Uuid });

    private static V1.Plugin Message(EnginePart part)
    {
        V1.Plugin message = new() { Type = part.Type, Id = part.Id };
        message.Requires.AddRange(part.Requires);
        message.Capabilities.AddRange(part.Capabilities);
        foreach ((string key, string value) in part.Exports) message.Exports[key] = value;
        if (part.HasPlatform) message.Platforms.Add(new Platform { Os = "linux", Architecture = Architecture });
        return message;
    }

    /// <summary>The machine in the words of image-spec.</summary>
    private static string Architecture => RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.X64 ? "amd64" : RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant();
}
