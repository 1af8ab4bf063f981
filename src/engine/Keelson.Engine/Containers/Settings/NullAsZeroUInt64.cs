using System.Text.Json;

namespace Keelson.Engine.Containers;

/// <summary><see cref="NullAsZero{T}"/> of a ulong.</summary>
public sealed class NullAsZeroUInt64 : NullAsZero<ulong>
{
    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ulong value, JsonSerializerOptions options) => writer.WriteNumberValue(value);

    /// <inheritdoc/>
    protected override ulong Value(ref Utf8JsonReader reader) => reader.GetUInt64();
}
