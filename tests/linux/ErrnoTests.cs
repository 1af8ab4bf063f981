namespace Keelson.Linux.Tests;

public class ErrnoTests
{
    [Fact]
    public void An_error_reads_as_operation_object_cause()
    {
        LinuxException e = Assert.Throws<LinuxException>(() => Sys.Files.Open("/nowhere", Sys.OpenFlags.O_RDONLY));
        Assert.Equal("open /nowhere: ENOENT (no such file or directory)", e.Message);
        Assert.Equal(ErrorKind.NotFound, e.Kind);
    }
}
