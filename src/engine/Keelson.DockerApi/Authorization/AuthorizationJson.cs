using System.Text.Json.Serialization;

namespace Keelson.DockerApi.Authorization;

/// <summary>How its messages are written.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AuthorizationMessage))]
[JsonSerializable(typeof(AuthorizationAnswer))]
internal sealed partial class AuthorizationJson : JsonSerializerContext;
