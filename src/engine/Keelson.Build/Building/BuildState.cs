using Keelson.Engine.Images;
using Keelson.Oci;

namespace Keelson.Build;

/// <summary>Where a stage is.</summary>
internal sealed class BuildState
{
    private const string DefaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>The image so far; <see langword="null"/> for nothing yet.</summary>
    public EngineImage? Image { get; set; }

    /// <summary>How containers of the next image start.</summary>
    public ContainerConfig Config { get; set; } = new();

    /// <summary>Who is told to have made it.</summary>
    public string Maintainer { get; set; } = "";

    /// <summary>Whether this stage has said what runs, which a later ENTRYPOINT leaves alone.</summary>
    public bool HasCommand { get; set; }

    /// <summary>The shell of commands in shell form.</summary>
    public IReadOnlyList<string> Shell => Config.Shell is { Count: > 0 } shell ? shell : ["/bin/sh", "-c"];

    /// <summary>The image's part of the environment.</summary>
    public IReadOnlyList<string> Environment => Config.Env ?? [];

    /// <summary>Begins on an image.</summary>
    public void Begin(EngineImage? image)
    {
        Image = image;
        ContainerConfig config = image?.Config.Config ?? new();
        IReadOnlyList<string> environment = config.Env ?? [];
        Config = config with { Env = environment.Any(variable => variable.StartsWith("PATH=", StringComparison.Ordinal)) ? environment : [.. environment, DefaultPath] };
    }

    /// <summary>The configuration as a step is known by that runs nothing.</summary>
    public ContainerConfig Saying(string comment) => Config with { Cmd = [.. Shell, "#(nop) ", comment] };

    /// <summary>The same for a step that writes files.</summary>
    public ContainerConfig SayingInOne(string comment) => Config with { Cmd = [.. Shell, "#(nop) " + comment] };

    /// <summary>A command's words, with the shell before a line for it.</summary>
    public IReadOnlyList<string> Resolve(CommandText command) => command.IsShell ? [.. Shell, .. command.Words] : command.Words;
}
