using Keelson.Cli.Commands;
using Keelson.Cli.Parsing;
using Keelson.Docker;

namespace Keelson.Cli;

/// <summary>One call of the program: its arguments, the engine, standard output.</summary>
internal sealed class Session(string name, Arguments arguments, string? host) : IDisposable
{
    private DockerClient? client;

    /// <summary>The command's name, as it was called.</summary>
    public string Name { get; } = name;

    /// <summary>The command's options and words.</summary>
    public Arguments Arguments { get; } = arguments;

    /// <summary>The engine; it is connected to with the first call.</summary>
    public DockerClient Client => client ??= new DockerClient(DockerHost.Resolve(host));

    /// <summary>The time.</summary>
    public TimeProvider Time { get; } = TimeProvider.System;

    /// <summary>Writes a line to standard output.</summary>
    public static void Print(string line) => Output.WriteLine(line);

    /// <summary>Does something for each word; an error is told, and the others go on.</summary>
    /// <returns>The exit code: 1 when one failed.</returns>
    public static int ForEach(IEnumerable<string> words, string operation, Action<string> action)
    {
        int code = 0;
        foreach (string word in words)
        {
            try
            {
                action(word);
            }
            catch (KeelsonException e) when (e is not (EngineUnreachableException or UsageException))
            {
                Output.Error($"keelson: {operation} {word}: {e.FullMessage}");
                code = 1;
            }
        }
        return code;
    }

    /// <summary>The same for what waits for containers: several at once, each thread with a connection of its own; told in the order of the words.</summary>
    /// <param name="words">Names.</param>
    /// <param name="operation">What is done, for errors.</param>
    /// <param name="action">Does it. A <see cref="ToldException"/> is told and does not count as an error.</param>
    /// <param name="done">Hears of each that is done.</param>
    /// <returns>The exit code: 1 when one failed.</returns>
    public int ForEachAtOnce(IReadOnlyList<string> words, string operation, Action<DockerClient, string> action, Action<string> done)
    {
        int code = 0;
        DockerHost engine = DockerHost.Resolve(host);
        AtOnce.Run(words, () => new DockerClient(engine), action, (word, error) =>
        {
            switch (error?.SourceException)
            {
                case null:
                    done(word);
                    Output.Flush();
                    break;
                case ToldException told:
                    Output.Error($"keelson: {operation} {word}: {told.Message}");
                    break;
                case KeelsonException failed and not (EngineUnreachableException or UsageException):
                    Output.Error($"keelson: {operation} {word}: {failed.FullMessage}");
                    code = 1;
                    break;
                default:
                    error.Throw();
                    break;
            }
        });
        return code;
    }

    public void Dispose() => client?.Dispose();
}
