using System.Buffers;
using System.Net;

namespace Keelson.Oci;

/// <summary>A repository and the registry that holds it: <c>docker.io/library/busybox</c>.</summary>
/// <remarks>
/// The grammar of docker's references:
/// <code>
/// registry  = host [":" port]            host = labels with dots, "localhost", an IPv4 address or "[" IPv6 "]"
/// path      = component {"/" component}  component = lower case letters and digits, joined by one of . _ __ or dashes
/// </code>
/// </remarks>
public sealed record RepositoryName
{
    /// <summary>Docker's own registry, which names without a registry mean.</summary>
    public const string DefaultRegistry = "docker.io";

    /// <summary>Most characters of a path: 255, as docker.</summary>
    public const int MaxPath = 255;

    private const int MaxRegistry = 255 + 6;
    private static readonly SearchValues<char> OfAddresses = SearchValues.Create("0123456789abcdefABCDEF:");

    /// <summary>Makes a name of its two parts.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: one has another form.</exception>
    public RepositoryName(string registry, string path)
    {
        if (!IsRegistry(registry)) throw new KeelsonException(ErrorKind.InvalidArgument, $"registry '{SpecReader.Quote(registry)}': is not host or host:port");
        if (!IsPath(path)) throw new KeelsonException(ErrorKind.InvalidArgument, $"repository '{SpecReader.Quote(path)}': {PathProblem(path)}");
        (Registry, Path) = (registry, path);
    }

    /// <summary>Host and port: <c>docker.io</c>, <c>localhost:5000</c>.</summary>
    public string Registry { get; }

    /// <summary>The name within the registry: <c>library/busybox</c>.</summary>
    public string Path { get; }

    /// <summary>Registry and path.</summary>
    public override string ToString() => Registry + "/" + Path;

    /// <summary>Whether a text is a registry's host, and port where there is one.</summary>
    public static bool IsRegistry(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxRegistry) return false;
        int colon = text.LastIndexOf(':');
        if (text[0] == '[')
        {
            int end = text.IndexOf(']');
            if (end < 0 || !IsPortOrNothing(text[(end + 1)..])) return false;
            return text[1..end].IndexOfAnyExcept(OfAddresses) < 0 && IPAddress.TryParse(text[1..end], out _);
        }
        if (colon >= 0 && !IsPortOrNothing(text[colon..])) return false;
        ReadOnlySpan<char> host = colon >= 0 ? text[..colon] : text;
        foreach (Range range in host.Split('.'))
        {
            ReadOnlySpan<char> label = host[range];
            if (label.IsEmpty || !char.IsAsciiLetterOrDigit(label[0]) || !char.IsAsciiLetterOrDigit(label[^1])) return false;
            foreach (char c in label)
                if (!char.IsAsciiLetterOrDigit(c) && c != '-') return false;
        }
        return true;
    }

    /// <summary>Whether a text is the path of a repository.</summary>
    public static bool IsPath(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaxPath) return false;
        foreach (Range range in text.Split('/'))
            if (!IsComponent(text[range])) return false;
        return true;
    }

    internal static string PathProblem(string path) => path.Length == 0 ? "is empty"
        : path.Length > MaxPath ? $"is longer than {MaxPath} characters"
        : IsPath(path.ToLowerInvariant()) ? "has upper case letters"
        : "is not words of lower case letters and digits, joined by / . _ __ or dashes";

    private static bool IsPortOrNothing(ReadOnlySpan<char> text) =>
        text.IsEmpty || text[0] == ':' && text.Length is > 1 and < 7 && text[1..].IndexOfAnyExceptInRange('0', '9') < 0 && int.Parse(text[1..]) <= ushort.MaxValue;

    private static bool IsComponent(ReadOnlySpan<char> text)
    {
        bool wasWord = false;
        for (int i = 0; i < text.Length;)
        {
            if (IsWord(text[i]))
            {
                wasWord = true;
                i++;
                continue;
            }
            int run = 1;
            while (i + run < text.Length && text[i + run] == text[i]) run++;
            bool isSeparator = text[i] switch { '.' => run == 1, '_' => run <= 2, '-' => true, _ => false };
            i += run;
            if (!wasWord || !isSeparator || i == text.Length || !IsWord(text[i])) return false;
        }
        return wasWord;
    }

    private static bool IsWord(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c);
}
