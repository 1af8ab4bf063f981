using Keelson.Linux.Sys;
using Keelson.Runtime;

namespace Keelson.RuntimeCli.Commands;

/// <summary>The options that <c>checkpoint</c> and <c>restore</c> share.</summary>
internal sealed class CriuArguments
{
    public string ImagePath { get; private set; } = "checkpoint";
    public string? WorkPath { get; private set; }
    public bool TcpEstablished { get; private set; }
    public bool ExternalUnixSockets { get; private set; }
    public bool ShellJob { get; private set; }
    public bool FileLocks { get; private set; }
    public bool LazyPages { get; private set; }
    public bool AutoDedup { get; private set; }
    public CgroupCheckpointMode CgroupMode { get; private set; }
    public CloneFlags EmptyNamespaces { get; private set; }

    /// <summary>Reads an option.</summary>
    /// <returns>Whether it is one of these.</returns>
    public bool TryOption(string name, ArgumentReader reader)
    {
        switch (name)
        {
            case "image-path": ImagePath = reader.Value(); return true;
            case "work-path": WorkPath = reader.Value(); return true;
            case "tcp-established": TcpEstablished = reader.Switch(); return true;
            case "ext-unix-sk": ExternalUnixSockets = reader.Switch(); return true;
            case "shell-job": ShellJob = reader.Switch(); return true;
            case "file-locks": FileLocks = reader.Switch(); return true;
            case "lazy-pages": LazyPages = reader.Switch(); return true;
            case "auto-dedup": AutoDedup = reader.Switch(); return true;
            case "manage-cgroups-mode": CgroupMode = Mode(reader.Value()); return true;
            case "empty-ns": EmptyNamespaces |= Namespace(reader.Value()); return true;
            default: return false;
        }
    }

    private static CgroupCheckpointMode Mode(string text) => text switch
    {
        "" => CgroupCheckpointMode.Default,
        "soft" => CgroupCheckpointMode.Soft,
        "full" => CgroupCheckpointMode.Full,
        "strict" => CgroupCheckpointMode.Strict,
        _ => throw new KeelsonException(ErrorKind.InvalidArgument, $"command line: option --manage-cgroups-mode: '{text}' is none of soft, full, strict"),
    };

    private static CloneFlags Namespace(string text) => text switch
    {
        "network" => CloneFlags.CLONE_NEWNET,
        _ => throw new KeelsonException(ErrorKind.InvalidArgument, $"command line: option --empty-ns: '{text}': only network can be left empty"),
    };
}
