using System.Text.Json;

namespace Keelson.Engine.Containers;

/// <summary><see cref="NullAsZero{T}"/> of a switch.</summary>
public sealed class NullAsFalse : NullAsZero<bool>
{
    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, bool value, JsonSerializerOptions options) => writer.WriteBooleanValue(value);

    /// <inheritdoc/>
    protected override bool Value(ref Utf8JsonReader reader) => reader.GetBoolean();
}
