using System.Globalization;
using Keelson.Cli.Commands;
using Keelson.Docker;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cli.Terminal;

/// <summary>This program's streams and a container's, joined while the container runs.</summary>
internal sealed class Attachment(DockerClient client, string id, bool isTerminal)
{
    /// <summary>Whether standard input goes to the container.</summary>
    public bool Input { get; init; }

    /// <summary>Whether its output comes here.</summary>
    public bool Stdout { get; init; } = true;

    /// <summary>Whether its errors come here.</summary>
    public bool Stderr { get; init; } = true;

    /// <summary>The keys as they were asked for.</summary>
    public string? DetachKeys { get; init; }

    /// <summary>The keys that are watched for on a terminal.</summary>
    public required DetachKeys Keys { get; init; }

    /// <summary>Whether signals to this program go to the container.</summary>
    public bool PassesSignals { get; init; }

    /// <summary>Attaches, starts the container and stays until it ends.</summary>
    /// <param name="operation">What the user called it.</param>
    /// <param name="condition">What to wait for: <c>next-exit</c>, or <c>removed</c> when the engine removes it.</param>
    /// <returns>The exit code.</returns>
    public int StartAndWait(string operation, string condition)
    {
        using SignalSource signals = new();
        UpgradedConnection? connection = null;
        ContainerWait? wait = null;
        try
        {
            connection = Connect();
            // The engine answers once it watches: an end right after the start is not missed.
            wait = client.BeginWait(id, condition);
            try
            {
                client.StartContainer(id, DetachKeys);
            }
            catch (DockerException e)
            {
                Errors.Report(operation, e);
                // The engine removes it by itself, or it stays to be looked at.
                if (condition == "removed") wait.Finish();
                return ExitCodes.OfStart(e);
            }
            if (Copy(connection, signals) == RelayEnd.Detached) return 0;
            return wait.Finish();
        }
        finally
        {
            wait?.Dispose();
            connection?.Dispose();
        }
    }

    /// <summary>Attaches to a running container and stays until it ends or is left alone.</summary>
    /// <returns>The exit code.</returns>
    public int Follow()
    {
        using SignalSource signals = new();
        using ContainerWait wait = client.BeginWait(id);
        using UpgradedConnection connection = Connect();
        if (Copy(connection, signals) == RelayEnd.Detached)
        {
            Output.Error("detached: the container goes on");
            return 0;
        }
        return wait.Finish();
    }

    private UpgradedConnection Connect() => client.Attach(id, new AttachOptions { Stdin = Input, Stdout = Stdout, Stderr = Stderr, DetachKeys = DetachKeys });

    private RelayEnd Copy(UpgradedConnection connection, SignalSource signals)
    {
        using RawTerminal? raw = isTerminal && Input ? RawTerminal.Enter() : null;
        Action<int, int>? resize = isTerminal && Output.IsTerminal ? (rows, columns) => Try(() => client.ResizeContainer(id, rows, columns)) : null;
        if (resize is not null && Terminals.TryReadSize(1, out ushort rows, out ushort columns) == Errno.None) resize(rows, columns);
        StreamRelay relay = new(connection)
        {
            CopiesInput = Input,
            IsTerminal = isTerminal,
            Keys = raw is null ? null : Keys,
            Raw = raw,
            Source = signals,
            PassSignal = PassesSignals ? signal => Try(() => client.KillContainer(id, signal.ToString(CultureInfo.InvariantCulture))) : null,
            Resize = resize,
        };
        return relay.Run();
    }

    /// <summary>The container may have ended just now; its end is told by its streams.</summary>
    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (DockerException)
        {
        }
    }
}
