using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Keelson.Linux.Sys;
using Microsoft.Extensions.Logging;

namespace Keelson.Daemon.Logging;

/// <summary>The log on standard error: one line an entry.</summary>
/// <remarks>
/// <code>
/// time="2026-01-02T03:04:05.678Z" level=info msg="..."                on a terminal or in a file
/// &lt;6&gt;level=info msg="..."                                             under systemd, whose journal reads the priority and has a clock of its own
/// {"level":"info","msg":"...","time":"...","category":"keelsond","fields":{"version":"0.1.0"}}     with the format json
/// </code>
/// A line that belongs to an activity has <c>trace_id</c> and <c>span_id</c> too, as OpenTelemetry names them outside of its own protocol.
/// </remarks>
internal sealed class DaemonLog(LogLevel level, bool isJson, bool isJournal) : ILoggerProvider
{
    private readonly TimeProvider time = TimeProvider.System;

    /// <summary>The log of this process.</summary>
    public static DaemonLog OnStandardError(LogLevel level, bool isJson) => new(level, isJson, isJournal: JournalStream.Is(Environment.GetEnvironmentVariable("JOURNAL_STREAM"), fd: 2));

    /// <summary>Loggers that write to it, which the caller disposes of first.</summary>
    public LoggerFactory CreateFactory()
    {
        LoggerFilterOptions filter = new() { MinLevel = level };
        // The framework's own lines are of interest to who debugs.
        filter.Rules.Add(new(null, "Microsoft", level <= LogLevel.Debug || level >= LogLevel.Warning ? level : LogLevel.Warning, null));
        return new([this], filter);
    }

    public ILogger CreateLogger(string categoryName) => new Category(this, categoryName);

    public void Dispose()
    {
    }

    /// <summary>An error as one line of text.</summary>
    private static string Text(Exception error) => error is KeelsonException known ? known.FullMessage : error.ToString();

    private void Write(LogLevel entry, string category, string message, Exception? error, IEnumerable<KeyValuePair<string, object?>>? fields)
    {
        if (error is not null) message += ": " + Text(error);
        string stamp = time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
        // One call a line: lines of several threads do not mix. Nobody can be told that the log is lost.
        _ = Files.TryWrite(2, isJson ? Json(entry, category, message, stamp, fields) : Encoding.UTF8.GetBytes(Line(entry, message, stamp)));
    }

    private string Line(LogLevel entry, string message, string stamp)
    {
        string quoted = message.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        string trace = Current is { } activity ? $" trace_id={activity.TraceId} span_id={activity.SpanId}" : "";
        return isJournal ? $"<{Priority(entry)}>level={Name(entry)} msg=\"{quoted}\"{trace}\n" : $"time=\"{stamp}\" level={Name(entry)} msg=\"{quoted}\"{trace}\n";
    }

    /// <summary>The activity that goes on. What a call started and left running is no part of it once it has ended.</summary>
    private static Activity? Current => Activity.Current is { IsStopped: false } activity ? activity : null;

    private static byte[] Json(LogLevel entry, string category, string message, string stamp, IEnumerable<KeyValuePair<string, object?>>? fields)
    {
        ArrayBufferWriter<byte> buffer = new(256);
        using Utf8JsonWriter json = new(buffer);
        json.WriteStartObject();
        json.WriteString("level"u8, Name(entry));
        json.WriteString("msg"u8, message);
        json.WriteString("time"u8, stamp);
        json.WriteString("category"u8, category);
        if (Current is { } activity)
        {
            json.WriteString("trace_id"u8, activity.TraceId.ToString());
            json.WriteString("span_id"u8, activity.SpanId.ToString());
        }
        WriteFields(json, fields ?? []);
        json.WriteEndObject();
        json.Flush();
        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The values that the message was made of, by their names in its template.</summary>
    private static void WriteFields(Utf8JsonWriter json, IEnumerable<KeyValuePair<string, object?>> fields)
    {
        bool begun = false;
        foreach ((string key, object? value) in fields)
        {
            if (key == "{OriginalFormat}") continue;
            if (!begun) json.WriteStartObject("fields"u8);
            begun = true;
            json.WritePropertyName(JsonNamingPolicy.SnakeCaseLower.ConvertName(key));
            switch (value)
            {
                case null: json.WriteNullValue(); break;
                case int number: json.WriteNumberValue(number); break;
                case long number: json.WriteNumberValue(number); break;
                case bool flag: json.WriteBooleanValue(flag); break;
                default: json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
            }
        }
        if (begun) json.WriteEndObject();
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        _ => "error",
    };

    /// <summary>Priorities of syslog(3).</summary>
    private static int Priority(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => 7,
        LogLevel.Information => 6,
        LogLevel.Warning => 4,
        LogLevel.Error => 3,
        _ => 2,
    };

    private sealed class Category(DaemonLog log, string name) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel entry) => entry != LogLevel.None && entry >= log.Level;

        public void Log<TState>(LogLevel entry, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(entry)) log.Write(entry, name, formatter(state, exception), exception, state as IEnumerable<KeyValuePair<string, object?>>);
        }
    }

    private LogLevel Level => level;
}
