namespace Keelson.Fuzz;

/// <summary>Random numbers that are the same on every machine and version. SplitMix64.</summary>
internal sealed class Generator(ulong seed)
{
    private ulong state = seed;

    /// <summary>The next 64 bits.</summary>
    public ulong Next()
    {
        ulong z = state += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// <summary>A number from 0 to one less than <paramref name="limit"/>, which is at least 1.</summary>
    public int Below(int limit) => (int)(Next() % (uint)limit);

    /// <summary>One of some things.</summary>
    public T Pick<T>(ReadOnlySpan<T> things) => things[Below(things.Length)];
}
