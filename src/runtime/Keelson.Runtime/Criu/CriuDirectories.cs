using System.Text.Json;
using Keelson.Linux;
using Keelson.Linux.Sys;
using Keelson.Oci;

namespace Keelson.Runtime.Criu;

/// <summary>What lies beside criu's images, and what they refer to.</summary>
internal static class CriuDirectories
{
    /// <summary>Names of the three standard streams, a JSON array. The same file as runC's.</summary>
    public const string StreamNamesFile = "descriptors.json";
    private const int MaximumStreamNamesBytes = 64 << 10;

    /// <summary>Opens a directory and makes it, and those above it, when it is missing.</summary>
    public static FdHandle Make(string path, uint mode)
    {
        string absolute = Path.GetFullPath(path);
        Files.TryMakeDirectories(absolute, mode).ThrowIfError("mkdir", absolute);
        return Files.Open(absolute, OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
    }

    /// <summary>criu looks for earlier images with a path that is relative to the new ones.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: it is absolute, or there is no such directory.</exception>
    public static void CheckParent(FdHandle images, string? parent)
    {
        if (parent is null) return;
        if (parent.StartsWith('/')) throw new KeelsonException(ErrorKind.InvalidArgument, $"checkpoint: parent path '{parent}': it has to be relative to the image path");
        if (Files.TryStatus(parent, out FileStatus status, directory: images.Fd) != Errno.None || !status.IsDirectory)
            throw new KeelsonException(ErrorKind.InvalidArgument, $"checkpoint: parent path '{parent}': there is no such directory below the image path");
    }

    /// <summary>Namespaces that the container shares by path and that criu can leave outside: their kind and their name in images.</summary>
    public static IEnumerable<(NamespaceSpec Namespace, string Kind, string Name)> JoinedNamespaces(RuntimeSpec spec)
    {
        foreach (NamespaceSpec ns in spec.Linux?.Namespaces ?? [])
        {
            if (string.IsNullOrEmpty(ns.Path)) continue;
            if (ns.Type == NamespaceKind.Network) yield return (ns, "net", "extRootNetNS");
            else if (ns.Type == NamespaceKind.Pid) yield return (ns, "pid", "extRootPidNS");
        }
    }

    /// <summary>Names of the standard streams at the time of the checkpoint.</summary>
    /// <exception cref="KeelsonException">DataLoss: the file is damaged.</exception>
    public static string[] ReadStreamNames(FdHandle images)
    {
        List<string> names = [];
        ReadOnlyMemory<byte> text = Files.ReadAll(StreamNamesFile, MaximumStreamNamesBytes, images.Fd);
        try
        {
            Utf8JsonReader json = new(text.Span);
            while (json.Read())
                if (json.TokenType == JsonTokenType.String)
                    names.Add(json.GetString()!);
        }
        catch (JsonException e)
        {
            throw new KeelsonException(ErrorKind.DataLoss, $"read {StreamNamesFile}: the checkpoint is damaged", e);
        }
        return names.Count == 3 ? [.. names] : throw new KeelsonException(ErrorKind.DataLoss, $"read {StreamNamesFile}: {names.Count} streams instead of 3");
    }

    /// <summary>The error of a request that criu could not serve.</summary>
    public static KeelsonException Failed(string operation, CriuResponse answer, CriuOptions options, string log)
    {
        string cause = answer.ErrorMessage is { Length: > 0 } message ? message : answer.ErrorNumber != 0 ? ((Errno)answer.ErrorNumber).Describe() : "it does not say why";
        return new KeelsonException(ErrorKind.FailedPrecondition, $"{operation}: criu failed: {cause}; log file: {Path.GetFullPath(options.WorkPath ?? options.ImagePath)}/{log}");
    }
}
