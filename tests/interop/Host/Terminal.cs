using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Keelson.Interop.Tests;

/// <summary>A command on a pseudoterminal in a private host, made by script(1): what a person at a keyboard sees.</summary>
public sealed class Terminal : IAsyncDisposable
{
    private static int count;

    private readonly PrivateHost host;
    private readonly Process script;
    private readonly string device;
    private readonly StringBuilder screen = new();
    private readonly Task reader;
    private int seen;

    private Terminal(PrivateHost host, Process script, string device)
    {
        this.host = host;
        this.script = script;
        this.device = device;
        reader = ReadAsync();
    }

    /// <summary>Starts a command on a terminal of this size.</summary>
    public static Terminal Start(PrivateHost host, string[] command, int rows = 24, int columns = 80)
    {
        string device = string.Create(CultureInfo.InvariantCulture, $"/run/terminal-{Interlocked.Increment(ref count)}");
        string line = string.Create(CultureInfo.InvariantCulture, $"stty rows {rows} cols {columns}; tty > {device}; exec ") + string.Join(' ', command.Select(Quote));
        return new Terminal(host, host.Start(new HostCommand(["script", "--quiet", "--return", "--flush", "--command", line, "/dev/null"])), device);
    }

    /// <summary>Everything written to the terminal until now.</summary>
    public string Screen
    {
        get
        {
            lock (screen) return screen.ToString();
        }
    }

    /// <summary>Types; <c>\r</c> is the return key, <c>\x03</c> is control-C.</summary>
    public async Task TypeAsync(string keys)
    {
        await script.StandardInput.WriteAsync(keys);
        await script.StandardInput.FlushAsync();
    }

    /// <summary>Waits until <paramref name="text"/> is written after what was expected before.</summary>
    public Task ExpectAsync(string text) => Eventually.HoldsAsync($"\"{text}\" on the terminal, which shows: {Screen}", () =>
    {
        string screen = Screen;
        int at = screen.IndexOf(text, seen, StringComparison.Ordinal);
        if (at >= 0) seen = at + text.Length;
        return at >= 0;
    });

    /// <summary>Gives the terminal another size; its foreground process gets SIGWINCH.</summary>
    public async Task ResizeAsync(int rows, int columns) => (await host.RunAsync("sh", "-c",
        string.Create(CultureInfo.InvariantCulture, $"stty -F $(cat {device}) rows {rows} cols {columns}"))).Succeeds();

    /// <summary>Waits until the command ends and returns its exit status.</summary>
    public async Task<int> EndAsync()
    {
        using CancellationTokenSource limit = new(Eventually.Limit);
        try
        {
            await script.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"the command on the terminal does not end: {Screen}");
        }

        await reader;
        return script.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        PrivateHost.Kill(script);
        await script.WaitForExitAsync();
        await reader;
        script.Dispose();
    }

    private async Task ReadAsync()
    {
        char[] buffer = new char[4096];
        for (int count; (count = await script.StandardOutput.ReadAsync(buffer)) != 0;)
            lock (screen)
                screen.Append(buffer, 0, count);
    }

    private static string Quote(string word) => "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}
