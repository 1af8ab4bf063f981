using System.Text;
using System.Text.Json;
using Keelson.Docker;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cli.Progress;

/// <summary>Shows the messages of pull, push and load: on a terminal a line a layer that is written anew, elsewhere a line a step.</summary>
internal sealed class ProgressDisplay
{
    private readonly int fd;
    private readonly int columns;
    private readonly List<string> ids = [];

    private ProgressDisplay(int fd)
    {
        this.fd = fd;
        columns = Terminals.TryReadSize(fd, out _, out ushort width) == Errno.None ? Math.Max((int)width, 40) : 0;
    }

    /// <summary>Shows a stream to its end.</summary>
    /// <param name="stream">Progress messages.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="onAux">Gets what messages have besides.</param>
    /// <exception cref="DockerException">The stream ended with an error.</exception>
    public static void Show(ByteStream stream, ProgressDestination destination, Action<JsonElement>? onAux = null)
    {
        Output.Flush();
        ProgressDisplay display = new(destination == ProgressDestination.Errors ? 2 : 1);
        JsonStream messages = new(stream);
        while (messages.Read(DockerJson.Default.ProgressMessage) is { } message)
        {
            if (message.ErrorDetail is not null || message.Error is not null)
                throw new DockerException(message.ErrorDetail?.Code ?? 0, message.ErrorDetail?.Message ?? message.Error ?? "the engine has told no cause");
            if (message.Aux is { } aux) onAux?.Invoke(aux);
            else if (destination != ProgressDestination.Nowhere) display.Show(message);
        }
    }

    private void Show(ProgressMessage message)
    {
        if (columns == 0)
        {
            if (Lines(message) is { } line) Write(line);
            return;
        }
        if (message.Stream is { } text) { Write(text); return; }
        string content = Terminal(message, columns);
        if (message.Id is null)
        {
            ids.Clear();
            Write(content + "\n");
            return;
        }
        int index = ids.IndexOf(message.Id);
        if (index < 0 && message.ProgressDetail is null && message.Progress is null && ids.Count == 0)
        {
            Write(content + "\n");
            return;
        }
        bool isNew = index < 0;
        if (isNew)
        {
            ids.Add(message.Id);
            Write(content + "\n");
            return;
        }
        int up = ids.Count - index;
        Write($"\e[{up}A\e[2K\r{content}\e[{up}B\r");
    }

    /// <summary>The line of a message where there is no terminal; <see langword="null"/> for one that only tells how far a step is.</summary>
    public static string? Lines(ProgressMessage message)
    {
        if (message.Stream is { } text) return text;
        if (message.ProgressDetail is { } detail && detail != new ProgressDetail()) return null;
        string line = (message.Id is null ? "" : message.Id + ": ") + (message.From is null ? "" : $"(from {message.From}) ") + message.Status;
        return line + "\n";
    }

    /// <summary>The line of a message on a terminal, cut to its width.</summary>
    public static string Terminal(ProgressMessage message, int columns)
    {
        string line = (message.Id is null ? "" : message.Id + ": ") + message.Status;
        if (message.ProgressDetail is { } detail && detail != new ProgressDetail()) line += " " + Bar(detail, columns - line.Length - 1);
        return line.Length > columns ? line[..columns] : line;
    }

    /// <summary><c>[=====&gt;     ]  1.2MB/3.4MB</c>.</summary>
    private static string Bar(ProgressDetail detail, int room)
    {
        const int Most = 50;
        string numbers = detail.Units is { } units ? $"{detail.Current}/{detail.Total} {units}"
            : detail.Total > 0 ? $"{Text.Units.Size(detail.Current),8}/{Text.Units.Size(detail.Total)}" : Text.Units.Size(detail.Current);
        int width = Math.Min(Most, room - numbers.Length - 4);
        if (detail.Total <= 0 || width < 8) return numbers;
        int done = (int)Math.Clamp(detail.Current * width / detail.Total, 0, width);
        return new StringBuilder("[").Append('=', Math.Max(done - 1, 0)).Append(done > 0 ? ">" : "").Append(' ', width - done).Append("] ").Append(numbers).ToString();
    }

    private void Write(string text) => Output.WriteTo(fd, Encoding.UTF8.GetBytes(text));
}
