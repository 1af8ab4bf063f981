using System.Text.Json;

namespace Keelson.Engine.Containers;

/// <summary><see cref="NullAsZero{T}"/> of an int.</summary>
public sealed class NullAsZeroInt32 : NullAsZero<int>
{
    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);

    /// <inheritdoc/>
    protected override int Value(ref Utf8JsonReader reader) => reader.GetInt32();
}
