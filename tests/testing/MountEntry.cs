using System.Globalization;
using System.Text;
using Xunit;

namespace Keelson.Testing;

/// <summary>One line of <c>/proc/PID/mountinfo</c>. proc(5).</summary>
/// <param name="Root">The directory of the file system that is mounted.</param>
/// <param name="Target">The mount point, with escapes undone.</param>
/// <param name="Options">Options of this mount: <c>rw</c>, <c>nosuid</c>.</param>
/// <param name="Propagation"><c>shared:1</c>, <c>master:2</c>, <c>unbindable</c>; empty when private.</param>
/// <param name="FileSystem">Type: <c>tmpfs</c>.</param>
/// <param name="Source">The source as the file system calls it.</param>
/// <param name="SuperOptions">Options of the file system.</param>
public sealed record MountEntry(string Root, string Target, string[] Options, string[] Propagation, string FileSystem, string Source, string[] SuperOptions)
{
    /// <summary>The mounts that this process sees.</summary>
    public static IReadOnlyList<MountEntry> ReadAll() => Parse(File.ReadAllText("/proc/self/mountinfo"));

    /// <summary>Reads the text of a mountinfo file.</summary>
    public static IReadOnlyList<MountEntry> Parse(string text)
    {
        List<MountEntry> entries = [];
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = line.Split(' ');
            int dash = Array.IndexOf(words, "-");
            entries.Add(new(Unescape(words[3]), Unescape(words[4]), words[5].Split(','), words[6..dash], words[dash + 1], Unescape(words[dash + 2]), words[dash + 3].Split(',')));
        }
        return entries;
    }

    /// <summary>The mount that is seen at a path: the last one mounted there.</summary>
    /// <exception cref="KeelsonException">NotFound: nothing is mounted there.</exception>
    public static MountEntry At(IReadOnlyList<MountEntry> mounts, string target)
    {
        for (int i = mounts.Count - 1; i >= 0; i--)
            if (mounts[i].Target == target)
                return mounts[i];
        throw new KeelsonException(ErrorKind.NotFound, $"find a mount at {target}: there are {string.Join(' ', mounts.Select(m => m.Target))}");
    }

    /// <summary>Fails the test unless the mount has each of these options of its own.</summary>
    /// <param name="options">With commas between.</param>
    public void MustHave(string options)
    {
        foreach (string option in options.Split(',')) Assert.True(Array.IndexOf(Options, option) >= 0, $"expected {option}: {this}");
    }

    /// <summary>Fails the test unless the file system has each of these options.</summary>
    /// <param name="options">With commas between.</param>
    public void FileSystemMustHave(string options)
    {
        foreach (string option in options.Split(',')) Assert.True(Array.IndexOf(SuperOptions, option) >= 0, $"expected {option}: {this}");
    }

    private static string Unescape(string text)
    {
        if (!text.Contains('\\')) return text;
        StringBuilder result = new();
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\') { result.Append(text[i]); continue; }
            result.Append((char)((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0')));
            i += 3;
        }
        return result.ToString();
    }

    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Target} {FileSystem} {string.Join(',', Options)} [{string.Join(' ', Propagation)}] {string.Join(',', SuperOptions)}");
}
