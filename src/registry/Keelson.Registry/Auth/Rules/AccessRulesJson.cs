using System.Text.Json.Serialization;

namespace Keelson.Registry.Auth;

/// <summary>Reads <see cref="AccessRulesDocument"/>. A word that is not known is an error: a rule with a typing error would not be in force.</summary>
/// <remarks>Generated code sets what the text does not mention to null, so the properties keep their defaults themselves.</remarks>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(AccessRulesDocument))]
internal sealed partial class AccessRulesJson : JsonSerializerContext;
