using System.Text.Json.Serialization;

namespace Keelson.Registry.Browse;

/// <summary>Writes the answers of the API for people and pages. What is <c>null</c> is left out.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BrowsedRepositories))]
[JsonSerializable(typeof(BrowsedTags))]
[JsonSerializable(typeof(BrowsedImage))]
[JsonSerializable(typeof(DeletedRepository))]
internal sealed partial class BrowseJson : JsonSerializerContext;
