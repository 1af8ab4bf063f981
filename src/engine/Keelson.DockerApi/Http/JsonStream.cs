using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Keelson.DockerApi.Http;

/// <summary>Messages of one type, one after the other, each sent at once.</summary>
/// <param name="stream">Where to.</param>
/// <param name="type">The type.</param>
/// <param name="end">What follows each message: progress streams have <c>\r\n</c>, others <c>\n</c>.</param>
internal sealed class JsonStream<T>(Stream stream, JsonTypeInfo<T> type, string end = "\n")
{
    private readonly byte[] ending = System.Text.Encoding.ASCII.GetBytes(end);

    /// <summary>Sends a message.</summary>
    public async Task WriteAsync(T message, CancellationToken cancel)
    {
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(message, type);
        await stream.WriteAsync(json, cancel).ConfigureAwait(false);
        await stream.WriteAsync(ending, cancel).ConfigureAwait(false);
        await stream.FlushAsync(cancel).ConfigureAwait(false);
    }
}
