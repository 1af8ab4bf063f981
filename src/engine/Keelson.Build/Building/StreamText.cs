using System.Text;
using Keelson.Engine.Containers;

namespace Keelson.Build;

/// <summary>What a command writes, as text: a character that is cut by the end of a piece waits for its rest.</summary>
internal sealed class StreamText(IBuildOutput output)
{
    private readonly Decoder text = Encoding.UTF8.GetDecoder(), errors = Encoding.UTF8.GetDecoder();

    /// <summary>Takes a piece.</summary>
    public ValueTask WriteAsync(StreamChunk chunk)
    {
        bool isError = chunk.Stream == StandardStream.Error;
        string said = Decode(isError ? errors : text, chunk.Bytes.Span, flush: false);
        return said.Length == 0 ? ValueTask.CompletedTask : isError ? output.WriteErrorAsync(said) : output.WriteAsync(said);
    }

    /// <summary>Nothing more comes.</summary>
    public async ValueTask FinishAsync()
    {
        if (Decode(text, [], flush: true) is { Length: > 0 } rest) await output.WriteAsync(rest).ConfigureAwait(false);
        if (Decode(errors, [], flush: true) is { Length: > 0 } complaint) await output.WriteErrorAsync(complaint).ConfigureAwait(false);
    }

    private static string Decode(Decoder decoder, ReadOnlySpan<byte> bytes, bool flush)
    {
        char[] buffer = new char[decoder.GetCharCount(bytes, flush)];
        return new(buffer, 0, decoder.GetChars(bytes, buffer, flush));
    }
}
