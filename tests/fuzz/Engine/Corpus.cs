namespace Keelson.Fuzz;

/// <summary>The inputs that a target starts from, and the words in them.</summary>
internal sealed class Corpus
{
    private const int LongestWord = 64, MostWords = 4096;

    private Corpus(byte[][] inputs, byte[][] words)
    {
        Inputs = inputs;
        Words = words;
    }

    /// <summary>The inputs, in the order of their files' names; never empty.</summary>
    public byte[][] Inputs { get; }

    /// <summary>The words and numbers that occur in the inputs, each once.</summary>
    public byte[][] Words { get; }

    /// <summary>The folder that holds <c>Keelson.slnx</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Reads the folder of a target.</summary>
    public static Corpus Load(string target)
    {
        string folder = Path.Combine(Root, "tests/fuzz/corpus", target);
        byte[][] inputs = [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal).Select(File.ReadAllBytes)];
        if (inputs.Length == 0) throw new InvalidOperationException($"{folder} is empty");
        HashSet<string> seen = [];
        List<byte[]> words = [];
        foreach (byte[] input in inputs)
            foreach (Range range in WordsIn(input))
                if (words.Count < MostWords && input[range] is { Length: <= LongestWord } word && seen.Add(Convert.ToHexString(word))) words.Add(word);
        return new(inputs, [.. words]);
    }

    /// <summary>Whether a byte belongs to a word.</summary>
    public static bool IsWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'-' or (byte)'.';

    private static List<Range> WordsIn(byte[] input)
    {
        List<Range> ranges = [];
        for (int i = 0; i < input.Length; i++)
        {
            int start = i;
            while (i < input.Length && IsWord(input[i])) i++;
            if (i > start) ranges.Add(start..i);
        }
        return ranges;
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "Keelson.slnx"))) folder = Path.GetDirectoryName(folder);
        return folder ?? throw new InvalidOperationException($"no Keelson.slnx above {AppContext.BaseDirectory}");
    }
}
