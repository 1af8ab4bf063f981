using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Keelson.Network.Records;

/// <summary>Records as text.</summary>
[JsonSourceGenerationOptions(Converters = [typeof(AddressConverter), typeof(SubnetConverter)], DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(NetworkRecord))]
[JsonSerializable(typeof(SandboxRecord))]
[JsonSerializable(typeof(Diagnosis.NetworkState))]
internal sealed partial class RecordJson : JsonSerializerContext;

/// <summary>Addresses as people write them.</summary>
internal sealed class AddressConverter : JsonConverter<IPAddress>
{
    public override IPAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        IPAddress.TryParse(reader.GetString(), out IPAddress? address) ? address : throw new JsonException("no address");

    public override void Write(Utf8JsonWriter writer, IPAddress value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}

/// <summary>Networks as people write them.</summary>
internal sealed class SubnetConverter : JsonConverter<IPNetwork>
{
    public override IPNetwork Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        IPNetwork.TryParse(reader.GetString(), out IPNetwork network) ? network : throw new JsonException("no network");

    public override void Write(Utf8JsonWriter writer, IPNetwork value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToString());
}
