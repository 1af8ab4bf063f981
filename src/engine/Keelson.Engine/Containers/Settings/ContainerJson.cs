using System.Text.Json.Serialization;

namespace Keelson.Engine.Containers;

/// <summary>Docker's words for settings in JSON, made at build time. Names are read without regard to case, as Go does.</summary>
[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(ContainerSettings))]
[JsonSerializable(typeof(HostSettings))]
[JsonSerializable(typeof(ContainerUpdate))]
[JsonSerializable(typeof(ExecOptions))]
[JsonSerializable(typeof(NetworkingSettings))]
public sealed partial class ContainerJson : JsonSerializerContext;
