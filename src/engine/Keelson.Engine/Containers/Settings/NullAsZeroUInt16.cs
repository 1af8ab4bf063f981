using System.Text.Json;

namespace Keelson.Engine.Containers;

/// <summary><see cref="NullAsZero{T}"/> of a ushort.</summary>
public sealed class NullAsZeroUInt16 : NullAsZero<ushort>
{
    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ushort value, JsonSerializerOptions options) => writer.WriteNumberValue(value);

    /// <inheritdoc/>
    protected override ushort Value(ref Utf8JsonReader reader) => reader.GetUInt16();
}
