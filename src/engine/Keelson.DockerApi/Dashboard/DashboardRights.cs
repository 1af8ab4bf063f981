using System.Text.Json.Serialization;
using Keelson.DockerApi.Access;

namespace Keelson.DockerApi.Dashboard;

/// <summary>What the page may do, so that it does not offer the rest.</summary>
/// <param name="IsReadOnly">Whether nothing can be changed.</param>
/// <param name="HasStreams">Whether there are logs.</param>
/// <param name="Label">The label of the containers that are shown, as <c>key=value</c>; <see langword="null"/>: all are.</param>
internal sealed record DashboardRights(bool IsReadOnly, bool HasStreams, string? Label)
{
    /// <summary>The rights of a socket as the page has them.</summary>
    public static DashboardRights Of(SocketRights rights) => new(rights.IsReadOnly, !rights.IsReadOnly || rights.HasStreams, rights.Label is { } label ? $"{label.Key}={label.Value}" : null);
}

/// <summary>How they are written.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DashboardRights))]
internal sealed partial class DashboardJson : JsonSerializerContext;
