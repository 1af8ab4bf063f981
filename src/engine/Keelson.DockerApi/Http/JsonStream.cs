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
        // In one chunk with its end: docker's library for Python takes what is left behind a message for the next one.
        byte[] whole = [.. JsonSerializer.SerializeToUtf8Bytes(message, type), .. ending];
        await stream.WriteAsync(whole, cancel).ConfigureAwait(false);
        await stream.FlushAsync(cancel).ConfigureAwait(false);
    }
}
