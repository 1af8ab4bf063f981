using System.Globalization;
using System.Runtime.InteropServices;
using Keelson.Linux.Sys;

namespace Keelson.Linux.Tests;

public partial class MemoryTests
{
    private const int PROT_READ = 1, PROT_WRITE = 2, PageBytes = 4096;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int mprotect(nint address, nint bytes, int protection);

    [Fact]
    public void A_program_whose_pages_were_given_back_goes_on()
    {
        foreach (string line in File.ReadLines("/proc/self/maps").Where(line => line.EndsWith(Environment.ProcessPath!, StringComparison.Ordinal)))
        {
            long[] ends = [.. line[..line.IndexOf(' ', StringComparison.Ordinal)].Split('-').Select(end => long.Parse(end, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            for (long at = ends[0]; at < ends[1]; at += PageBytes) Marshal.ReadByte((nint)at);
        }
        long before = ResidentPages();
        Assert.Equal(Errno.None, Memory.TryForgetProgram());
        Assert.True(ResidentPages() < before);
    }

    /// <summary>As the runtime does with the value that guards its stacks.</summary>
    [Fact]
    public void What_was_written_to_a_page_that_cannot_be_written_stays()
    {
        // e_ident[EI_PAD] of the program's header: of no meaning to anybody.
        const int Padding = 9;
        string first = File.ReadLines("/proc/self/maps").First(line => line.EndsWith(Environment.ProcessPath!, StringComparison.Ordinal));
        nint page = nint.Parse(first[..first.IndexOf('-', StringComparison.Ordinal)], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        byte before = Marshal.ReadByte(page, Padding), written = (byte)(before ^ 0x5a);
        Write(page, Padding, written);
        try
        {
            Assert.Equal(Errno.None, Memory.TryForgetProgram());
            Assert.Equal(written, Marshal.ReadByte(page, Padding));
        }
        finally
        {
            Write(page, Padding, before);
        }
    }

    private static void Write(nint page, int at, byte value)
    {
        Assert.Equal(0, mprotect(page, PageBytes, PROT_READ | PROT_WRITE));
        Marshal.WriteByte(page, at, value);
        Assert.Equal(0, mprotect(page, PageBytes, PROT_READ));
    }

    /// <summary>Pages of the program's file that are mapped and cannot be written, by /proc/self/smaps.</summary>
    private static long ResidentPages()
    {
        long pages = 0;
        bool isOurs = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            if (line.Contains('-', StringComparison.Ordinal) && line.Contains(" r", StringComparison.Ordinal)) isOurs = line.EndsWith(Environment.ProcessPath!, StringComparison.Ordinal) && line[(line.IndexOf(' ', StringComparison.Ordinal) + 2)] == '-';
            else if (isOurs && line.StartsWith("Rss:", StringComparison.Ordinal)) pages += long.Parse(line[4..^2], CultureInfo.InvariantCulture) / 4;
        }
        return pages;
    }
}
