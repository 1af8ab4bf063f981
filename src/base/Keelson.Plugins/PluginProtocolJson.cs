using System.Text.Json.Serialization;

namespace Keelson.Plugins;

/// <summary>How messages that all plug-ins know are written.</summary>
[JsonSerializable(typeof(ActivateAnswer))]
[JsonSerializable(typeof(PluginAnswer))]
[JsonSerializable(typeof(EmptyMessage))]
internal sealed partial class PluginProtocolJson : JsonSerializerContext;
