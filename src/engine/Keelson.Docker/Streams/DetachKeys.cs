namespace Keelson.Docker;

/// <summary>Watches what is typed for the keys that leave a container alone. While they are typed they are held back.</summary>
public sealed class DetachKeys
{
    private readonly byte[] keys;
    private int matched;

    /// <summary>Reads keys; docker's own, ctrl-p and ctrl-q, for nothing.</summary>
    /// <param name="text">Keys apart by commas: letters, or <c>ctrl-</c> and one of a-z @ ^ [ , _ \ ].</param>
    /// <exception cref="KeelsonException">InvalidArgument: they are none.</exception>
    public DetachKeys(string? text) => keys = string.IsNullOrEmpty(text) ? [16, 17] : Parse(text);

    /// <summary>What a terminal sends for keys.</summary>
    /// <exception cref="KeelsonException">InvalidArgument: they are none.</exception>
    public static byte[] Parse(string text) => [.. Names(text).Select(Key)];

    private static IEnumerable<string> Names(string text)
    {
        // "ctrl-," holds the comma that divides: a comma after "ctrl-" belongs to it.
        int begin = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && (text[i] != ',' || text[begin..i] == "ctrl-")) continue;
            yield return text[begin..i];
            begin = i + 1;
        }
    }

    private static byte Key(string name)
    {
        if (name.Length == 1 && name[0] < 128) return (byte)name[0];
        if (name.StartsWith("ctrl-", StringComparison.Ordinal) && name.Length == 6)
            switch (name[5])
            {
                case >= 'a' and <= 'z': return (byte)(name[5] - 'a' + 1);
                case '@': return 0;
                case '[': return 27;
                case '\\': return 28;
                case ']': return 29;
                case '^': return 30;
                case '_': return 31;
                case ',': return (byte)',' & 0x1f;
            }
        throw new KeelsonException(ErrorKind.InvalidArgument, $"read detach keys: '{name}' is no key, such as a or ctrl-p");
    }

    /// <summary>Takes what was typed.</summary>
    /// <param name="typed">Bytes of the terminal.</param>
    /// <param name="passed">What goes on to the container.</param>
    /// <returns>Whether the keys are complete; what follows them is dropped.</returns>
    public bool Take(ReadOnlySpan<byte> typed, List<byte> passed)
    {
        ArgumentNullException.ThrowIfNull(passed);
        foreach (byte key in typed)
        {
            if (key == keys[matched])
            {
                if (++matched == keys.Length) return true;
                continue;
            }
            passed.AddRange(keys[..matched]);
            matched = 0;
            if (key == keys[0])
            {
                if (keys.Length == 1) return true;
                matched = 1;
            }
            else passed.Add(key);
        }
        return false;
    }
}
