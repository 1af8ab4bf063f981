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

    public void Dispose() => client?.Dispose();
}
