using Keelson.Linux.Sys;

namespace Keelson.Linux.Tests;

public class MemoryTests
{
    [Fact]
    public void A_program_whose_pages_were_given_back_goes_on()
    {
        long before = ResidentPages();
        Assert.Equal(Errno.None, Memory.TryForgetProgram());
        Assert.True(ResidentPages() < before);
    }

    /// <summary>Pages of the program's file that are mapped and cannot be written, by /proc/self/smaps.</summary>
    private static long ResidentPages()
    {
        long pages = 0;
        bool isOurs = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            if (line.Contains('-', StringComparison.Ordinal) && line.Contains(" r", StringComparison.Ordinal)) isOurs = line.EndsWith(Environment.ProcessPath!, StringComparison.Ordinal) && line[(line.IndexOf(' ', StringComparison.Ordinal) + 2)] == '-';
            else if (isOurs && line.StartsWith("Rss:", StringComparison.Ordinal)) pages += long.Parse(line[4..^2], System.Globalization.CultureInfo.InvariantCulture) / 4;
        }
        return pages;
    }
}
