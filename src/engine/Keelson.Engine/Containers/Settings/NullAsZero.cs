using System.Text.Json;
using System.Text.Json.Serialization;

namespace Keelson.Engine.Containers;

/// <summary>Reads <c>null</c> as nothing said, where Go does: clients send it for numbers and switches that they leave alone.</summary>
/// <typeparam name="T">The value.</typeparam>
public abstract class NullAsZero<T> : JsonConverter<T> where T : struct
{
    /// <inheritdoc/>
    public override bool HandleNull => true;

    /// <inheritdoc/>
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType == JsonTokenType.Null ? default : Value(ref reader);

    /// <summary>Reads a value that is there.</summary>
    protected abstract T Value(ref Utf8JsonReader reader);
}
