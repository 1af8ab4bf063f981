using Keelson.DockerApi.Http;

namespace Keelson.DockerApi.Connections;

/// <summary>Finds the keys by which a person at a terminal leaves a container without ending it.</summary>
internal sealed class DetachKeys
{
    private const string Standard = "ctrl-p,ctrl-q";
    private readonly byte[] keys;
    private int held;

    private DetachKeys(byte[] keys) => this.keys = keys;

    /// <summary>Reads <c>ctrl-p,ctrl-q</c> or <c>a,b</c>; docker's own for nothing.</summary>
    /// <exception cref="ApiException">400: a key is unknown.</exception>
    public static DetachKeys Parse(string? text)
    {
        string[] names = (text is { Length: > 0 } ? text : Standard).Split(',');
        return new([.. names.Select(Key)]);
    }

    /// <summary>Takes bytes in.</summary>
    /// <param name="input">What was typed.</param>
    /// <param name="output">What is for the container: keys that may be the first of the sequence are held back until it is clear.</param>
    /// <returns>Whether the sequence is complete; what came after it is dropped.</returns>
    public bool Take(ReadOnlySpan<byte> input, List<byte> output)
    {
        foreach (byte typed in input)
        {
            if (typed == keys[held])
            {
                if (++held == keys.Length) return true;
                continue;
            }
            output.AddRange(keys.AsSpan(0, held));
            held = 0;
            if (typed == keys[0] && keys.Length > 1) held = 1;
            else output.Add(typed);
        }
        return false;
    }

    private static byte Key(string name)
    {
        if (name.Length == 1) return (byte)name[0];
        if (name.Length == 6 && name.StartsWith("ctrl-", StringComparison.Ordinal))
        {
            if (name[5] is >= 'a' and <= 'z') return (byte)(name[5] - 'a' + 1);
            int other = "@[\\]^_".IndexOf(name[5], StringComparison.Ordinal);
            if (other >= 0) return (byte)(other == 0 ? 0 : 26 + other);
        }
        throw ApiException.BadRequest($"Invalid detach keys: unknown key '{name}'");
    }
}
