using System.Text;

namespace Keelson.Fuzz;

/// <summary>Makes new inputs out of old ones: a few random changes to one of them.</summary>
internal sealed class Mutator(Corpus corpus, Generator random, int maxBytes)
{
    private const int MostChanges = 8, MostRepeats = 1000;

    private static readonly string[] Numbers =
    [
        "0", "-0", "1", "-1", "00", "127", "128", "255", "256", "4095", "65535", "65536", "2147483647", "2147483648", "-2147483648", "-2147483649",
        "4294967295", "4294967296", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
        "18446744073709551615", "18446744073709551616", "99999999999999999999999999", "1e3", "1e999", "1.0", "0x10", "NaN",
    ];

    private static readonly byte[] Bytes = [.. "\0\n\r\t \"'\\/{}[]():;,.=-+*%#@<>|&$`~!?0aA"u8, 0x7f, 0x80, 0xbf, 0xc0, 0xe2, 0xed, 0xf0, 0xff];

    /// <summary>The next input.</summary>
    public byte[] Next()
    {
        List<byte> data = [.. random.Pick<byte[]>(corpus.Inputs)];
        for (int changes = 1 + random.Below(MostChanges); changes > 0; changes--) Change(data);
        if (data.Count > maxBytes) data.RemoveRange(maxBytes, data.Count - maxBytes);
        return [.. data];
    }

    private void Change(List<byte> data)
    {
        int at = random.Below(data.Count + 1);
        switch (random.Below(12))
        {
            case 0 when at < data.Count:
                data[at] ^= (byte)(1 << random.Below(8));
                break;
            case 1 when at < data.Count:
                data[at] = random.Below(2) == 0 ? (byte)random.Next() : random.Pick<byte>(Bytes);
                break;
            case 2:
                data.InsertRange(at, [random.Pick<byte>(Bytes)]);
                break;
            case 3:
                data.RemoveRange(at, Length(data.Count - at));
                break;
            case 4:
                data.InsertRange(random.Below(data.Count + 1), data.GetRange(at, Length(data.Count - at)));
                break;
            case 5 when corpus.Words.Length > 0:
                data.InsertRange(at, random.Pick<byte[]>(corpus.Words));
                break;
            case 6 when corpus.Words.Length > 0:
                ReplaceWord(data, at, random.Pick<byte[]>(corpus.Words));
                break;
            case 7:
                ReplaceWord(data, at, Encoding.ASCII.GetBytes(random.Pick<string>(Numbers)));
                break;
            case 8:
                InsertFromOther(data, at);
                break;
            case 9:
                Splice(data, at);
                break;
            case 10 when random.Below(4) == 0:
                Repeat(data, at);
                break;
            case 11 when random.Below(4) == 0:
                data.RemoveRange(at, data.Count - at);
                break;
        }
    }

    // Mostly short.
    private int Length(int most) => most == 0 ? 0 : 1 + random.Below(random.Below(4) == 0 ? most : Math.Min(most, 16));

    private static void ReplaceWord(List<byte> data, int at, byte[] word)
    {
        while (at < data.Count && !Corpus.IsWord(data[at])) at++;
        while (at > 0 && Corpus.IsWord(data[at - 1])) at--;
        int end = at;
        while (end < data.Count && Corpus.IsWord(data[end])) end++;
        data.RemoveRange(at, end - at);
        data.InsertRange(at, word);
    }

    private void InsertFromOther(List<byte> data, int at)
    {
        byte[] other = random.Pick<byte[]>(corpus.Inputs);
        int from = random.Below(other.Length + 1);
        data.InsertRange(at, other.AsSpan(from, Length(other.Length - from)).ToArray());
    }

    private void Splice(List<byte> data, int at)
    {
        byte[] other = random.Pick<byte[]>(corpus.Inputs);
        data.RemoveRange(at, data.Count - at);
        data.AddRange(other.AsSpan(random.Below(other.Length + 1)));
    }

    private void Repeat(List<byte> data, int at)
    {
        byte[] piece = [.. data.GetRange(at, Math.Min(Length(data.Count - at), 64))];
        if (piece.Length == 0) return;
        int count = Math.Min(1 + random.Below(MostRepeats), Math.Max(0, maxBytes - data.Count) / piece.Length);
        byte[] repeated = new byte[piece.Length * count];
        for (int i = 0; i < count; i++) piece.CopyTo(repeated, i * piece.Length);
        data.InsertRange(at, repeated);
    }
}
