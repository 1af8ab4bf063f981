using System.IO.Pipelines;
using Keelson.Cli.Copying;
using Keelson.Cli.Parsing;
using Keelson.Docker;
using Keelson.Linux;
using Keelson.Linux.Sys;

namespace Keelson.Cli.Commands.Containers;

/// <summary><c>cp</c>.</summary>
internal static class CopyCommand
{
    private const uint DirectoryBit = 1u << 31, LinkBit = 1u << 27;

    public static Command Command => new("copy files between a container and this machine", "[options] CONTAINER:PATH PATH|-\n       keelson cp [options] PATH|- CONTAINER:PATH",
        [Option.Flag("a,archive", "keep owners"), Option.Flag("L,follow-link", "follow the source when it is a link")], Run)
    { Least = 2, Most = 2, Completes = "containers" };

    private static int Run(Session session)
    {
        CopyPath from = CopyPath.Parse(session.Arguments.Words[0]), to = CopyPath.Parse(session.Arguments.Words[1]);
        if (from.Path.Length == 0 || to.Path.Length == 0) throw new UsageException("a path is empty", exitCode: 1);
        switch (from.Container, to.Container)
        {
            case (not null, null): FromContainer(session, from, to); return 0;
            case (null, not null): ToContainer(session, from, to); return 0;
            case (not null, not null): throw new UsageException("copying between containers is not supported", exitCode: 1);
            default: throw new UsageException("one of the paths has to be in a container: CONTAINER:PATH", exitCode: 1);
        }
    }

    private static void FromContainer(Session session, CopyPath from, CopyPath to)
    {
        string id = from.Container!, path = from.Path;
        if (session.Arguments.Flag("follow-link") && session.Client.StatPath(id, path) is var link && (link.Mode & LinkBit) != 0)
            path = Target(path, link);
        using ByteStream archive = session.Client.ReadArchive(id, path, out ContainerPathStat stat);
        if (to.IsStream)
        {
            Text.FileStreams.CheckOutput(null);
            Text.FileStreams.WriteOutput(archive, null);
            return;
        }
        bool isDirectory = (stat.Mode & DirectoryBit) != 0;
        (string directory, string name) = LocalTarget(from, to, isDirectory);
        using FdHandle root = Files.Open(directory, OpenFlags.O_PATH | OpenFlags.O_DIRECTORY);
        new ArchiveExtractor(root, session.Arguments.Flag("archive")).Extract(archive, name);
    }

    /// <summary>The directory that is written into, and the name in it; the name is empty when contents are copied.</summary>
    private static (string Directory, string Name) LocalTarget(CopyPath from, CopyPath to, bool isDirectory)
    {
        string full = Path.GetFullPath(to.Path).TrimEnd('/') is { Length: > 0 } path ? path : "/";
        if (Directory.Exists(full)) return from.IsContents && isDirectory ? (full, "") : (full, from.BaseName == "/" ? "" : from.BaseName);
        if (File.Exists(full) && isDirectory) throw new KeelsonException(ErrorKind.FailedPrecondition, $"copy to {to.Path}: a directory cannot replace a file");
        if (to.IsDirectoryByName && !isDirectory) throw new KeelsonException(ErrorKind.NotFound, $"copy to {to.Path}: there is no such directory");
        string parent = Path.GetDirectoryName(full)!;
        if (!Directory.Exists(parent)) throw new KeelsonException(ErrorKind.NotFound, $"copy to {to.Path}: there is no directory {parent}");
        return (parent, Path.GetFileName(full));
    }

    private static void ToContainer(Session session, CopyPath from, CopyPath to)
    {
        string id = to.Container!, path = to.Path;
        ContainerPathStat? stat = Stat(session, id, path);
        for (int links = 0; stat is not null && (stat.Mode & LinkBit) != 0; links++)
        {
            if (links == 40) throw new KeelsonException(ErrorKind.InvalidArgument, $"copy to {to.Path}: too many links");
            path = Target(path, stat);
            stat = Stat(session, id, path);
        }
        bool intoDirectory = stat is not null && (stat.Mode & DirectoryBit) != 0;
        if (from.IsStream)
        {
            if (!intoDirectory) throw new KeelsonException(ErrorKind.FailedPrecondition, $"copy to {to.Path}: an archive needs a directory that is there");
            using Stream input = Text.FileStreams.OpenInput("-");
            session.Client.WriteArchive(id, path, input, session.Arguments.Flag("archive"));
            return;
        }
        bool follows = session.Arguments.Flag("follow-link") || from.IsDirectoryByName;
        Files.TryStatus(from.Path, out FileStatus source, follows).ThrowIfError("read", from.Path);
        string directory, name;
        if (intoDirectory) (directory, name) = (path, from.IsContents ? "." : Path.GetFileName(Path.GetFullPath(from.Path).TrimEnd('/')));
        else
        {
            if (stat is not null && source.IsDirectory) throw new KeelsonException(ErrorKind.FailedPrecondition, $"copy to {to.Path}: a directory cannot replace a file");
            if (to.IsDirectoryByName && !source.IsDirectory) throw new KeelsonException(ErrorKind.NotFound, $"copy to {to.Path}: there is no such directory");
            string trimmed = path.TrimEnd('/');
            int slash = trimmed.LastIndexOf('/');
            (directory, name) = (slash <= 0 ? "/" : trimmed[..slash], trimmed[(slash + 1)..]);
        }
        Send(session, id, directory, from.Path, name, follows);
    }

    /// <summary>Sends the archive while it is made.</summary>
    private static void Send(Session session, string id, string directory, string source, string name, bool follows)
    {
        Pipe pipe = new();
        KeelsonException? fault = null;
        Thread writer = new(() =>
        {
            using Stream target = pipe.Writer.AsStream();
            try
            {
                TreeArchive.Write(source, name, target, follows);
            }
            catch (KeelsonException e)
            {
                fault = e;
            }
            catch (IOException)
            {
                // The engine has stopped reading; its answer says why.
            }
        });
        writer.Start();
        try
        {
            using Stream archive = pipe.Reader.AsStream();
            session.Client.WriteArchive(id, directory, archive, session.Arguments.Flag("archive"));
        }
        finally
        {
            writer.Join();
        }
        if (fault is not null) throw fault;
    }

    private static ContainerPathStat? Stat(Session session, string id, string path)
    {
        try
        {
            return session.Client.StatPath(id, path);
        }
        catch (DockerException e) when (e.Status == 404)
        {
            // The container may be missing as well: then the archive that follows is refused.
            return null;
        }
    }

    private static string Target(string path, ContainerPathStat link) =>
        link.LinkTarget.StartsWith('/') ? link.LinkTarget : $"{path.TrimEnd('/')[..(path.TrimEnd('/').LastIndexOf('/') + 1)]}{link.LinkTarget}";
}
