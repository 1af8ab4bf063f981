namespace Keelson.Fuzz;

/// <summary>Makes an input that shows a fault smaller, as long as it still shows it.</summary>
internal sealed class Reducer(Func<byte[], bool> shows)
{
    private const int MostTries = 5_000;

    /// <summary>The smallest that was found by taking pieces away, halves first and single bytes last.</summary>
    public byte[] Reduce(byte[] input)
    {
        int tries = 0;
        for (int size = Math.Max(1, input.Length / 2); ; size /= 2)
        {
            for (int at = 0; at < input.Length && tries < MostTries;)
            {
                byte[] candidate = [.. input.AsSpan(0, at), .. input.AsSpan(Math.Min(input.Length, at + size))];
                tries++;
                if (shows(candidate)) input = candidate;
                else at += size;
            }
            if (size <= 1 || tries >= MostTries) return input;
        }
    }
}
