using System.Text.Json.Serialization;

namespace Keelson.Engine.Containers;

/// <summary>Docker's words for settings in JSON, made at build time. Names are read without regard to case, as Go does.</summary>
[JsonSourceGenerationOptions(PropertyNameCaseInsensitive = true, Converters = [typeof(NullAsFalse), typeof(NullAsZeroInt32), typeof(NullAsZeroInt64), typeof(NullAsZeroUInt16), typeof(NullAsZeroUInt64)])]
[JsonSerializable(typeof(ContainerSettings))]
[JsonSerializable(typeof(HostSettings))]
[JsonSerializable(typeof(ContainerUpdate))]
[JsonSerializable(typeof(ExecOptions))]
[JsonSerializable(typeof(NetworkingSettings))]
public sealed partial class ContainerJson : JsonSerializerContext;
