using System.Text.Json;

namespace Keelson.Engine.Containers;

/// <summary><see cref="NullAsZero{T}"/> of a long.</summary>
public sealed class NullAsZeroInt64 : NullAsZero<long>
{
    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) => writer.WriteNumberValue(value);

    /// <inheritdoc/>
    protected override long Value(ref Utf8JsonReader reader) => reader.GetInt64();
}
