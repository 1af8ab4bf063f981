using System.Formats.Tar;

namespace Keelson.DockerApi.Tests;

/// <summary>A directory to build from.</summary>
internal sealed class BuildContextFolder
{
    private static readonly DateTime Then = new(2001, 9, 9, 1, 46, 40, DateTimeKind.Utc);

    public BuildContextFolder(string path)
    {
        Path = path;
        Directory.CreateDirectory(path);
    }

    public string Path { get; }

    /// <summary>A context with one of each kind of file that is copied.</summary>
    public static BuildContextFolder Full(string path, string dockerfile)
    {
        BuildContextFolder folder = new(path);
        folder.Add("f", "hi\n").Add("d/a", "x\n").Add("d/sub/b", "y\n").Add("g1", "1").Add("g2", "2").Add("ignored", "no");
        File.CreateSymbolicLink(path + "/l", "f");
        File.CreateSymbolicLink(path + "/d/la", "a");
        ChildProcess.Run(["ln", path + "/d/a", path + "/d/hard"]).Succeeds();
        ChildProcess.Run(["chmod", "700", path + "/d"]).Succeeds();
        ChildProcess.Run(["chmod", "4755", path + "/g1"]).Succeeds();
        foreach (string how in (string[])["z", "J", "j"]) ChildProcess.Run(["tar", "-C", path + "/d", $"-c{how}f", $"{path}/t{how}.tar", "."]).Succeeds();
        ChildProcess.Run(["touch", "-d", "2001-09-09T01:46:40Z", path + "/d/sub", path + "/d", path + "/tz.tar", path + "/tJ.tar", path + "/tj.tar"]).Succeeds();
        return folder.Add(".dockerignore", "ign*\n").Add("Dockerfile", dockerfile);
    }

    /// <summary>Writes a file with an old time.</summary>
    public BuildContextFolder Add(string name, string contents)
    {
        string path = $"{Path}/{name}";
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        File.WriteAllText(path, contents);
        File.SetLastWriteTimeUtc(path, Then);
        return this;
    }

    /// <summary>An archive whose entries are these.</summary>
    public static byte[] Archive(params IEnumerable<(string Name, TarEntryType Type, string Text)> entries)
    {
        using MemoryStream stream = new();
        using (TarWriter writer = new(stream, TarEntryFormat.Pax, leaveOpen: true))
            foreach ((string name, TarEntryType type, string text) in entries)
            {
                PaxTarEntry entry = new(type, name);
                if (type is TarEntryType.SymbolicLink or TarEntryType.HardLink) entry.LinkName = text;
                if (type == TarEntryType.RegularFile) entry.DataStream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text));
                writer.WriteEntry(entry);
            }
        return stream.ToArray();
    }
}
