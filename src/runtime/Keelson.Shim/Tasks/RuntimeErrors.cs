using System.Text.Json;

namespace Keelson.Shim.Tasks;

/// <summary>Finds out what an OCI runtime complains about.</summary>
internal static class RuntimeErrors
{
    /// <summary>The message of the last line of a log whose level is <c>error</c>; <see langword="null"/> when there is none.</summary>
    /// <remarks>Lines of JSON with <c>level</c> and <c>msg</c>, as <c>--log-format json</c> makes them.</remarks>
    public static string? LastError(ReadOnlySpan<byte> log)
    {
        string? last = null;
        while (!log.IsEmpty)
        {
            int end = log.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? log : log[..end];
            log = end < 0 ? default : log[(end + 1)..];
            if (ErrorOf(line) is { } message) last = message;
        }
        return last;
    }

    /// <summary>What a caller can do about a message. Runtimes have no error numbers, so their words have to do.</summary>
    public static ErrorKind KindOf(string message)
    {
        bool Says(string words) => message.Contains(words, StringComparison.OrdinalIgnoreCase);
        if (Says("does not exist") || Says("process already finished") || Says("container not running") || Says("no such process") || Says("container is not running")) return ErrorKind.NotFound;
        if (Says("already exists")) return ErrorKind.AlreadyExists;
        if (Says("paused") || Says("is not stopped") || Says("cannot delete")) return ErrorKind.FailedPrecondition;
        return ErrorKind.Unknown;
    }

    private static string? ErrorOf(ReadOnlySpan<byte> line)
    {
        string? level = null, message = null;
        try
        {
            Utf8JsonReader reader = new(line);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName) continue;
                bool isLevel = reader.ValueTextEquals("level"u8), isMessage = reader.ValueTextEquals("msg"u8);
                reader.Read();
                if (reader.TokenType != JsonTokenType.String) continue;
                if (isLevel) level = reader.GetString();
                else if (isMessage) message = reader.GetString();
            }
        }
        catch (JsonException)
        {
            // A line of a text log, or one that was cut off: not what is looked for.
            return null;
        }
        return level is "error" or "fatal" ? message : null;
    }
}
