namespace Keelson.Tasks.Tests.Support;

/// <summary>A program of another user that listens on a unix socket and says <c>got</c> when bytes come.</summary>
internal static class OtherUserListener
{
    /// <summary>Starts it.</summary>
    public static ChildProcess Start(string path)
    {
        string directory = Path.GetDirectoryName(path)!;
        TestDirectory.SetMode(directory, 0b111_111_111);
        const string Script = """
            use IO::Socket::UNIX; $| = 1;
            $s = IO::Socket::UNIX->new(Type => SOCK_STREAM, Local => $ARGV[0], Listen => 8) or die $!;
            while ($c = $s->accept) { print "got\n" if sysread $c, $b, 1 }
            """;
        return ChildProcess.Start(["setpriv", "--reuid", "1000", "--regid", "1000", "--clear-groups", "--", "perl", "-e", Script, path]);
    }
}
